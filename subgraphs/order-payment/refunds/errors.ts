import { type Text, userError, validationError } from '#platform/errors.ts';
import { decimalOf, type Money } from '#platform/money.ts';

interface Limit {
  readonly orderLineId: string | null;
  readonly refundableQuantity: number | null;
  readonly refundableAmount: Money;
}

/** More than is left, nothing at all, or not in the order's currency: the answer names what would be right. */
export function refundLimit(path: readonly (string | number)[], limit: Limit) {
  const most = `${decimalOf(limit.refundableAmount)} ${limit.refundableAmount.currency}`;
  const units = limit.refundableQuantity;
  const isOfAmount = units === null || path.at(-1) === 'amount';
  const message: Text = isOfAmount
    ? { en: `At most ${most} can be refunded here, in this currency and more than nothing.`, zh: `此处最多可退 ${most}，须为该币种且大于零。` }
    : units === 0
      ? { en: 'Nothing is left of this line to be refunded.', zh: '该行已无可退商品。' }
      : { en: `Between 1 and ${units} of this line can be refunded, for ${most} at most.`, zh: `该行可退 1 至 ${units} 件，金额最多 ${most}。` };
  return userError('RefundLimitError', 'REFUND_LIMIT', path, message, limit);
}

export const windowClosed = (closedAt: Date) =>
  userError(
    'RefundWindowClosedError',
    'REFUND_WINDOW_CLOSED',
    ['input', 'orderId'],
    { en: 'The time in which the merchant takes goods back is over; ask the merchant directly.', zh: '已超过退款申请期限，请直接联系商家。' },
    { closedAt },
  );

export const lineUnknown = (path: readonly (string | number)[]) =>
  validationError(path, { en: 'This line is not part of the order or of the request.', zh: '该行不属于此订单或退款申请。' });

export const lineRepeated = (path: readonly (string | number)[]) =>
  validationError(path, { en: 'Name each line once, with its whole quantity.', zh: '每行只能出现一次，请填写总数量。' });

export const nothingWanted = (path: readonly (string | number)[]) =>
  validationError(path, { en: 'Name at least one line, or ask for the shipping.', zh: '请至少选择一行商品，或申请退还运费。' });

export const evidenceUnknown = (path: readonly (string | number)[], max: number) =>
  validationError(path, {
    en: `Name at most ${max} pictures that you have uploaded for REFUND_EVIDENCE.`,
    zh: `最多 ${max} 张图片，且须为您以 REFUND_EVIDENCE 上传的图片。`,
  });
