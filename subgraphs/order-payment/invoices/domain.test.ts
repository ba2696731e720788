import { describe, expect, test } from 'vitest';
import { type BilledLine, type BilledOrder, checkAddressee, type Content, creditContent, invoiceContent, invoiceNumber, seriesOf, taxIdOf } from './domain.ts';

const line = (id: string, more: Partial<BilledLine> = {}): BilledLine => ({
  id,
  title: 'Tea',
  variantTitle: '',
  sku: id,
  quantity: 3,
  total: 1000,
  tax: 115,
  taxRateBps: 1300,
  requiresShipping: true,
  refundedQuantity: 0,
  refundedAmount: 0,
  ...more,
});
const order = (lines: readonly BilledLine[], shipping = 0, shippingTax = 0, more: Partial<BilledOrder> = {}): BilledOrder => ({
  totals: { shipping, tax: lines.reduce((sum, { tax }) => sum + tax, shippingTax), total: lines.reduce((sum, { total }) => sum + total, shipping) },
  refundedTotal: 0,
  refundedShipping: 0,
  lines,
  ...more,
});

/** Whatever stands on a document sums to its amount. */
function expectSums({ lines, shipping, taxes, amount }: Content): void {
  const goods = lines.reduce((sum, one) => sum + one.amount, 0);
  const tax = lines.reduce((sum, one) => sum + one.tax, shipping.tax);
  expect(goods + shipping.amount).toBe(amount);
  expect(taxes.reduce((sum, one) => sum + one.net + one.tax, 0)).toBe(amount);
  expect(taxes.reduce((sum, one) => sum + one.tax, 0)).toBe(tax);
}

describe('an invoice', () => {
  test('states lines, delivery and tax by rate, to the minor unit', () => {
    const content = invoiceContent(order([line('a'), line('b', { total: 500, tax: 41, taxRateBps: 900 })], 300, 31));
    expect(content).toMatchObject({
      lines: [
        { orderLineId: 'a', amount: 1000, tax: 115 },
        { orderLineId: 'b', amount: 500, tax: 41 },
      ],
      shipping: { amount: 300, tax: 31 },
      taxes: [{ rateBps: 1300 }, { rateBps: 900 }],
      amount: 1800,
    });
    expectSums(content);
  });

  test('leaves out what was paid back before it', () => {
    const refunded = [line('a', { refundedQuantity: 1, refundedAmount: 333 }), line('b', { refundedQuantity: 3, refundedAmount: 1000 })];
    const content = invoiceContent(order(refunded, 300, 34, { refundedTotal: 1433, refundedShipping: 100 }));
    expect(content).toMatchObject({ lines: [{ orderLineId: 'a', quantity: 2, amount: 667 }], shipping: { amount: 200 }, amount: 867 });
    expectSums(content);
  });

  test('of an order from before rates were kept says its tax without them', () => {
    const { taxRateBps: _unknown, ...older } = line('a');
    expect(invoiceContent(order([older])).taxes).toEqual([{ rateBps: null, net: 885, tax: 115 }]);
  });
});

describe('credit notes', () => {
  test('of everything, in whatever parts, leave neither money nor tax of the invoice over', () => {
    for (let seed = 1; seed <= 200; seed++) {
      let state = seed;
      const upTo = (count: number) => (state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647) % count;
      const lines = Array.from({ length: 1 + upTo(3) }, (_, index) => {
        const rate = [1300, 900, 600, 0][upTo(4)] ?? 0;
        const total = 1 + upTo(5_000);
        return line(String(index), { total, taxRateBps: rate, tax: Math.round((total * rate) / (10_000 + rate)), refundedAmount: upTo(total) });
      });
      const [shipping, refundedShipping] = [500, upTo(500)];
      const billed = order(lines, shipping, 40, { refundedShipping });
      const invoice = invoiceContent(billed);
      expectSums(invoice);
      const notes: Content[] = [];
      const left = new Map(invoice.lines.map(({ orderLineId, amount }) => [orderLineId, amount]));
      let shippingLeft = invoice.shipping.amount;
      for (let round = 0; round < 12; round++) {
        const isLast = round === 11;
        const parts = [...left].map(([orderLineId, rest]) => ({ orderLineId, quantity: 1, amount: isLast ? rest : upTo(rest + 1) }));
        const shippingAmount = isLast ? shippingLeft : upTo(shippingLeft + 1);
        for (const { orderLineId, amount } of parts) left.set(orderLineId, (left.get(orderLineId) ?? 0) - amount);
        shippingLeft -= shippingAmount;
        const note = creditContent(billed, invoice, notes, { lines: parts, shippingAmount });
        expectSums(note);
        notes.push(note);
      }
      const credited = (of: (content: Content) => number) => notes.reduce((sum, note) => sum + of(note), 0);
      const tax = ({ taxes }: Content) => taxes.reduce((sum, one) => sum + one.tax, 0);
      expect([credited(({ amount }) => amount), credited(tax)], `seed ${seed}`).toEqual([invoice.amount, tax(invoice)]);
    }
  });
});

describe('whom it is for', () => {
  test.each([
    [{ title: 'Tea Ltd' }, []],
    [{ title: '茶', taxId: ' 91310000 ma1fl0xy2k ' }, []],
    [{ title: ' ' }, [['input', 'title']]],
    [{ title: 'x'.repeat(101) }, [['input', 'title']]],
    [{ title: 'Tea', taxId: '12345' }, [['input', 'taxId']]],
    [{ title: 'Tea', taxId: '1'.repeat(21) }, [['input', 'taxId']]],
    [{ title: 'Tea', taxId: '123_456' }, [['input', 'taxId']]],
    [{ title: 'Tea', taxId: '' }, []],
    [
      { title: '', taxId: 'x' },
      [
        ['input', 'title'],
        ['input', 'taxId'],
      ],
    ],
  ])('%j', (addressee, paths) => {
    expect(checkAddressee(addressee).map(({ path }) => path)).toEqual(paths);
  });

  test('a tax number reads the same however it was typed', () => {
    expect(taxIdOf(' 91310000 ma1fl0xy2k ')).toBe('91310000MA1FL0XY2K');
  });
});

test('numbers count per merchant, kind and year of issue in UTC', () => {
  const newYear = new Date('2027-01-01T00:30:00+08:00');
  expect(invoiceNumber('INVOICE', newYear, 42)).toBe('INV-2026-000042');
  expect(invoiceNumber('CREDIT_NOTE', newYear, 1_234_567)).toBe('CN-2026-1234567');
  expect(seriesOf('merch_1', 'INVOICE', newYear)).toBe('merch_1|INVOICE|2026');
});
