import { expect, test } from 'vitest';
import { refundLimit } from './errors.ts';

const limit = (refundableQuantity: number | null) => ({ orderLineId: 'a', refundableQuantity, refundableAmount: { amount: 1000, currency: 'CNY' } });

test.each([
  ['quantity', 2, 'Between 1 and 2 of this line can be refunded, for 10.00 CNY at most.'],
  ['quantity', 0, 'Nothing is left of this line to be refunded.'],
  ['amount', 2, 'At most 10.00 CNY can be refunded here, in this currency and more than nothing.'],
  ['shippingAmount', null, 'At most 10.00 CNY can be refunded here, in this currency and more than nothing.'],
] as const)('a wrong %s of which %s are left says what would be right', (field, left, sentence) => {
  expect(refundLimit(['input', field], limit(left)).message.en).toBe(sentence);
});
