import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { Identity } from '#platform/identity.ts';
import { buyer, guest, member, staff } from '../../test/subgraphs.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;
let leaf: string;

beforeAll(async () => {
  shop = await startPayingShop();
  tea = await shop.openMerchant();
  leaf = await shop.addVariant(tea, { price: 1130, stock: 1000 });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const FIELDS = 'id number title taxId amount { amount currency } kind url issuedAt';
const REQUEST = `mutation ($input: InvoiceRequestInput!) { invoiceRequest(input: $input) { invoice { ${FIELDS} } userErrors { code path ... on InvalidStateError { currentState } } } }`;
const INVOICES = `query ($id: ID!) { order(id: $id) { allowedActions invoices { ${FIELDS} } timeline { type data { key value } } } }`;
const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id number status } userErrors { code message } } }';

const request = (who: Identity, orderId: string, more: object = {}) =>
  shop.must('order-payment', REQUEST, { input: { orderId, title: 'Tea Drinkers Ltd', idempotencyKey: key(), ...more } }, who);
const orderOf = (who: Identity, id: string) => shop.must('order-payment', INVOICES, { id }, who);
const onlyOrder = ({ orders }: Purchase) => {
  const [order] = orders;
  if (!order) throw new Error('nothing was ordered');
  return order;
};
const sell = (who: Identity, quantity = 3) => shop.sell(who, [{ variantId: leaf, quantity }], [tea]);

async function payBack(purchase: Purchase, quantity: number, shippingAmount: number | null = null) {
  const order = onlyOrder(purchase);
  const input = {
    orderId: order.id,
    lines: quantity > 0 ? [{ orderLineId: order.lines[0]?.id, quantity, restock: false }] : [],
    shippingAmount: shippingAmount === null ? null : { amount: shippingAmount, currency: 'CNY' },
    reason: 'OTHER',
    idempotencyKey: key(),
  };
  const { refundRequest, userErrors } = await shop.must('order-payment', REFUND, { input }, tea.owner);
  expect(userErrors).toEqual([]);
  await shop.until(async () => (await shop.rows('refund-request', { _id: refundRequest.id, status: 'SUCCEEDED' }))[0]);
  await shop.settle();
  return refundRequest;
}

describe('an invoice', () => {
  test('is issued for a paid order, once, and frozen', async () => {
    const who = buyer();
    const purchase = await sell(who);
    const { id } = onlyOrder(purchase);
    expect((await orderOf(who, id)).allowedActions).toContain('REQUEST_INVOICE');
    const { invoice, userErrors } = await request(who, id, { taxId: '91310000 ma1fl0xy2k', email: 'books@example.test' });
    expect(userErrors).toEqual([]);
    expect(invoice).toMatchObject({
      number: expect.stringMatching(/^INV-\d{4}-\d{6}$/),
      title: 'Tea Drinkers Ltd',
      taxId: '91310000MA1FL0XY2K',
      kind: 'INVOICE',
      amount: { amount: 3 * 1130 + 800, currency: 'CNY' },
    });
    const [stored] = await shop.rows('invoice', { _id: invoice.id });
    expect(stored).toMatchObject({
      lines: [{ quantity: 3, amount: 3390, tax: 390, taxRateBps: 1300 }],
      shipping: { amount: 800, tax: 92 },
      taxes: [{ rateBps: 1300, net: 3708, tax: 482 }],
      address: { city: 'Shanghai' },
    });
    const again = await request(who, id, { title: 'Somebody else' });
    expect(again).toEqual({ invoice: { ...invoice, url: expect.any(String) }, userErrors: [] });
    const order = await orderOf(who, id);
    expect(order.allowedActions).not.toContain('REQUEST_INVOICE');
    expect(order.invoices).toMatchObject([{ id: invoice.id }]);
    expect(order.timeline.at(-1)).toEqual({ type: 'INVOICED', data: [{ key: 'invoiceNumber', value: invoice.number }] });
  });

  test('of ten requests at once is one; under one key and under several', async () => {
    const who = guest();
    const { id } = onlyOrder(await sell(who));
    const idempotencyKey = key();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => request(who, id, index < 5 ? { idempotencyKey } : {})));
    expect(answers.map(({ userErrors }) => userErrors)).toEqual(answers.map(() => []));
    expect(new Set(answers.map(({ invoice }) => invoice.number)).size).toBe(1);
    expect(await shop.rows('invoice', { orderId: id })).toHaveLength(1);
    expect((await request(who, id, { idempotencyKey, title: 'Other' })).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_PARAMETER_MISMATCH' }]);
  });

  test('numbers leave no gap, however many are issued at once', async () => {
    const shopkeeper = await shop.openMerchant();
    const cup = await shop.addVariant(shopkeeper, { price: 500, stock: 100 });
    const buyers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const who = buyer();
        return { who, ...onlyOrder(await shop.sell(who, [{ variantId: cup, quantity: 1 }], [shopkeeper])) };
      }),
    );
    const answers = await Promise.all(buyers.map(({ who, id }) => request(who, id)));
    const numbers = answers.map(({ invoice }) => invoice.number).sort();
    const year = new Date().getUTCFullYear();
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6].map((count) => `INV-${year}-${String(count).padStart(6, '0')}`));
  });

  test('is refused where there is nothing to invoice, and says what would be right', async () => {
    const who = buyer();
    const unpaid = await shop.buy(who, [{ variantId: leaf, quantity: 1 }], [tea]);
    const paid = onlyOrder(await sell(who));
    expect((await request(who, onlyOrder(unpaid).id)).userErrors).toEqual([
      { code: 'INVALID_STATE', path: ['input', 'orderId'], currentState: 'PENDING_PAYMENT' },
    ]);
    expect((await request(who, paid.id, { title: '', taxId: '123' })).userErrors).toEqual([
      { code: 'INVALID', path: ['input', 'title'] },
      { code: 'INVALID', path: ['input', 'taxId'] },
    ]);
    const given = await sell(who, 1);
    await payBack(given, 0, 800);
    const { id } = onlyOrder(given);
    const orders = shop.running('order-payment').runtime.database.collection<{ _id: string }>('order');
    await orders.updateOne({ _id: id }, [
      {
        $set: {
          refundedTotal: '$totals.total',
          refundedShipping: '$totals.shipping',
          lines: { $map: { input: '$lines', in: { $mergeObjects: ['$$this', { refundedAmount: '$$this.total' }] } } },
        },
      },
    ]);
    expect((await request(who, id)).userErrors).toEqual([{ code: 'NOTHING_TO_INVOICE', path: ['input', 'orderId'] }]);
  });

  test('is for its buyer to ask; whoever sees the order sees it', async () => {
    const who = buyer();
    const { id } = onlyOrder(await sell(who));
    for (const other of [buyer(), guest(), tea.owner, staff('orders:read_all')]) {
      expect((await request(other, id)).userErrors).toEqual([{ code: 'NOT_FOUND', path: ['input', 'orderId'] }]);
    }
    expect((await request(who, newId('order'))).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    await request(who, id);
    for (const viewer of [who, member(tea.merchantId, ['orders:read']), staff('orders:read_all')]) expect((await orderOf(viewer, id)).invoices).toHaveLength(1);
    for (const stranger of [buyer(), member(newId('merch'), ['orders:read'])]) expect(await orderOf(stranger, id)).toBeNull();
  });
});

describe('a credit note', () => {
  test('is issued for each refund that succeeds after the invoice, and for none before it', async () => {
    const who = buyer();
    const purchase = await sell(who);
    const { id } = onlyOrder(purchase);
    await payBack(purchase, 1);
    const { invoice } = await request(who, id);
    expect(invoice.amount.amount).toBe(2 * 1130 + 800);
    const refund = await payBack(purchase, 1, 800);
    await payBack(purchase, 1);
    const { invoices } = await orderOf(who, id);
    expect(invoices.map(({ kind, amount }: any) => [kind, amount.amount])).toEqual([
      ['INVOICE', 3060],
      ['CREDIT_NOTE', 1930],
      ['CREDIT_NOTE', 1130],
    ]);
    const documents = await shop.rows('invoice', { orderId: id });
    const taxOf = (document: any) => document.taxes.reduce((sum: number, { tax }: any) => sum + tax, 0);
    expect(documents.filter(({ kind }) => kind === 'CREDIT_NOTE').reduce((sum, document) => sum + taxOf(document), 0)).toBe(
      taxOf(documents.find(({ kind }) => kind === 'INVOICE')),
    );
    expect(documents.find(({ refundRequestId }) => refundRequestId === refund.id)).toMatchObject({
      number: expect.stringMatching(/^CN-/),
      invoiceNumber: invoice.number,
      refundNumber: refund.number,
    });
  });

  test('is one, however often the refund is told', async () => {
    const who = buyer();
    const purchase = await sell(who);
    const { id } = onlyOrder(purchase);
    await request(who, id);
    const refund = await payBack(purchase, 1);
    const [event] = await shop.rows('outbox', { topic: 'refund.succeeded', subjectId: refund.id });
    const hear = () => shop.running('order-payment').consume(event);
    await Promise.all([hear(), hear(), hear()]);
    await hear();
    expect((await orderOf(who, id)).invoices).toHaveLength(2);
  });

  test('of an order that was never invoiced there is none', async () => {
    const who = buyer();
    const purchase = await sell(who);
    await payBack(purchase, 1);
    expect((await orderOf(who, onlyOrder(purchase).id)).invoices).toEqual([]);
  });
});

describe('the page', () => {
  const open = async (address: string, init: RequestInit = {}) => {
    const response = await fetch(address, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const changed = (address: string, change: (url: URL) => void): string => {
    const url = new URL(address);
    change(url);
    return url.toString();
  };

  test('shows the document in both languages, and nothing that was typed as markup', async () => {
    const who = buyer();
    const { id, number } = onlyOrder(await sell(who));
    const { invoice } = await request(who, id, { title: '<script>alert("1")</script> & Söhne', taxId: 'ABC-123456' });
    const page = await open(invoice.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('private, no-store');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const shown of [
      'Invoice',
      invoice.number,
      number,
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; Söhne',
      'ABC-123456',
      '41.90 CNY',
      '13%',
      '4.82 CNY',
      'Green tea',
    ])
      expect(page.text).toContain(shown);
    expect(page.text).not.toContain('<script');
    const chinese = await open(changed(invoice.url, (url) => url.searchParams.set('lang', 'zh')));
    expect(chinese.text).toContain('<html lang="zh">');
    expect(chinese.text).toContain('发票');
    const { data } = await shop.ask('order-payment', INVOICES, { id }, { identity: who, locale: 'zh-CN' });
    expect((await open(data.order.invoices[0].url)).text).toContain('价税合计');
    expect((await open(invoice.url, { method: 'HEAD' })).text).toBe('');
    expect((await open(invoice.url, { method: 'POST' })).status).toBe(405);
  });

  test('opens for nobody without the signature, with that of another, or after its time', async () => {
    const who = buyer();
    const { invoice } = await request(who, onlyOrder(await sell(who)).id);
    const { invoice: other } = await request(who, onlyOrder(await sell(who)).id);
    const signatureOf = (address: string) => new URL(address).searchParams.get('signature') ?? '';
    const wrong = [
      changed(invoice.url, (url) => url.searchParams.delete('signature')),
      changed(invoice.url, (url) => url.searchParams.set('signature', signatureOf(other.url))),
      changed(invoice.url, (url) => url.searchParams.set('signature', `${signatureOf(invoice.url).slice(0, -2)}AA`)),
      changed(invoice.url, (url) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1))),
      changed(invoice.url, (url) => (url.pathname = `/invoices/${newId('invoice')}`)),
      changed(invoice.url, (url) => (url.pathname = '/invoices/')),
      changed(invoice.url, (url) => (url.pathname += '/..')),
    ];
    for (const address of wrong) expect((await open(address)).status, address).toBe(404);
    expect((await open(invoice.url)).status).toBe(200);
  });
});
