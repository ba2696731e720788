import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, staff } from '../../test/subgraphs.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;
let cups: ShopMerchant;

beforeAll(async () => {
  shop = await startPayingShop();
  [tea, cups] = [await shop.openMerchant(), await shop.openMerchant()];
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const REQUEST = `refundRequest {
  id number status type requestedAmount { amount } approvedAmount { amount } shippingAmount { amount } autoApproveAt returnTracking decision { by approved automatic reason }
  lines { quantity amount { amount } line { id } } executions { status attempts amount { amount } payment { id } } timeline { type }
} order { status paymentStatus fulfilmentStatus refundedTotal { amount } refundableTotal { amount } lines { id refundedQuantity refundableQuantity refundableAmount { amount } } }
userErrors { __typename code path ... on RefundLimitError { orderLineId refundableQuantity refundableAmount { amount } } ... on InvalidStateError { currentState } }`;
const mutations = {
  create: `mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { ${REQUEST} } }`,
  approve: `mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { ${REQUEST} } }`,
  reject: `mutation ($input: RefundRejectInput!) { refundReject(input: $input) { ${REQUEST} } }`,
  escalate: `mutation ($input: RefundEscalateInput!) { refundEscalate(input: $input) { ${REQUEST} } }`,
  arbitrate: `mutation ($input: RefundArbitrateInput!) { refundArbitrate(input: $input) { ${REQUEST} } }`,
  refund: `mutation ($input: RefundInput!) { refund(input: $input) { ${REQUEST} } }`,
  returned: `mutation ($input: RefundReturnShippedInput!) { refundReturnShipped(input: $input) { ${REQUEST} } }`,
};
const ask = (name: keyof typeof mutations, input: object, who: Identity) =>
  shop.must('order-payment', mutations[name], { input: { ...(name === 'returned' || name === 'escalate' ? {} : { idempotencyKey: key() }), ...input } }, who);
const byId = (field: string, id: string, who: Identity) => shop.must('order-payment', `mutation { ${field}(id: "${id}") { ${REQUEST} } }`, {}, who);
const ship = (orderId: string, who: Identity, lines?: object) =>
  shop.must(
    'order-payment',
    'mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } order { status fulfilmentStatus } userErrors { code path } } }',
    { input: { orderId, carrier: 'SF', trackingNumber: 'SF1', lines, idempotencyKey: key() } },
    who,
  );

/** Three of one kind, for 1000 and one unit that cannot be divided, and shipping of 800. */
async function sellThree(price = 1000): Promise<{ purchase: Purchase; leaf: string; orderId: string; lineId: string }> {
  const leaf = await shop.addVariant(tea, { price, stock: 10 });
  const purchase = await shop.sell(buyer(), [{ variantId: leaf, quantity: 3 }], [tea]);
  const [order] = purchase.orders;
  return { purchase, leaf, orderId: order?.id ?? '', lineId: order?.lines[0]?.id ?? '' };
}
const wish = (orderId: string, lineId: string, quantity: number, more: object = {}) => ({
  orderId,
  type: 'REFUND_ONLY',
  reason: 'OTHER',
  lines: [{ orderLineId: lineId, quantity }],
  ...more,
});
const paymentOf = async ({ groupId }: Purchase) => (await shop.rows('payment', { groupId }))[0];

describe('a refund before shipping', () => {
  test('is asked for, approved and paid back, and frees its units', async () => {
    const { purchase, leaf, orderId, lineId } = await sellThree();
    const preview =
      '{ refundPreview(input: { orderId: "ORDER", lines: [{ orderLineId: "LINE", quantity: 2 }], includeShipping: true }) { total { amount } shippingAmount { amount } lines { amount { amount } } userErrors { code } } }';
    expect(await shop.must('order-payment', preview.replace('ORDER', orderId).replace('LINE', lineId), {}, purchase.who)).toEqual({
      total: { amount: 2800 },
      shippingAmount: { amount: 800 },
      lines: [{ amount: { amount: 2000 } }],
      userErrors: [],
    });
    const created = await ask('create', wish(orderId, lineId, 2), purchase.who);
    expect(created).toMatchObject({
      refundRequest: { status: 'REQUESTED', requestedAmount: { amount: 2000 }, approvedAmount: null, executions: [] },
      order: { status: 'PAID', refundableTotal: { amount: 1800 }, lines: [{ refundableQuantity: 1, refundableAmount: { amount: 1000 } }] },
      userErrors: [],
    });
    const { id } = created.refundRequest;
    expect((await ask('approve', { id }, cups.owner)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const approved = await ask('approve', { id, note: 'gladly' }, tea.owner);
    expect(approved).toMatchObject({
      refundRequest: {
        status: 'SUCCEEDED',
        approvedAmount: { amount: 2000 },
        decision: { by: 'MERCHANT', approved: true, automatic: false, reason: 'gladly' },
        executions: [{ status: 'SUCCEEDED', attempts: 1, amount: { amount: 2000 } }],
      },
      order: { status: 'PAID', paymentStatus: 'PARTIALLY_REFUNDED', refundedTotal: { amount: 2000 }, refundableTotal: { amount: 1800 } },
      userErrors: [],
    });
    expect(approved.refundRequest.timeline.map(({ type }: any) => type)).toEqual([
      'REFUND_REQUESTED',
      'REFUND_APPROVED',
      'REFUND_PROCESSING',
      'REFUND_SUCCEEDED',
    ]);
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 2000, refundPending: 0 });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 10, available: 9, reserved: 1 });
    expect((await ask('approve', { id }, tea.owner)).userErrors).toMatchObject([{ __typename: 'InvalidStateError', currentState: 'SUCCEEDED' }]);
    // The rest can be shipped, and no more than that.
    expect((await ship(orderId, tea.owner, [{ orderLineId: lineId, quantity: 2 }])).userErrors).toMatchObject([{ code: 'QUANTITY_EXCEEDED' }]);
    expect(await ship(orderId, tea.owner)).toMatchObject({ order: { status: 'SHIPPED', fulfilmentStatus: 'SHIPPED' }, userErrors: [] });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 9, available: 9, reserved: 0 });
  });

  test('of everything cancels the order', async () => {
    const { purchase, leaf, orderId, lineId } = await sellThree();
    const { order, refundRequest } = await ask(
      'refund',
      { orderId, lines: [{ orderLineId: lineId, quantity: 3 }], shippingAmount: { amount: 800, currency: 'CNY' }, reason: 'OUT_OF_STOCK' },
      tea.owner,
    );
    expect(order).toMatchObject({ status: 'CANCELLED', paymentStatus: 'REFUNDED', refundedTotal: { amount: 3800 }, refundableTotal: { amount: 0 } });
    expect(refundRequest).toMatchObject({ status: 'SUCCEEDED' });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 10, available: 10, reserved: 0 });
    expect(await paymentOf(purchase)).toMatchObject({ refunded: purchase.total.amount, refundPending: 0 });
    expect(await shop.rows('outbox', { subjectId: orderId, topic: 'order.line_refunded' })).toMatchObject([{ data: { orderLineIds: [lineId] } }]);
    expect(await shop.rows('outbox', { subjectId: orderId, topic: 'order.cancelled' })).toHaveLength(1);
  });

  test('of all goods cancels the order, and its delivery can still be given back, once', async () => {
    const { purchase, orderId, lineId } = await sellThree();
    const goods = await ask('refund', { orderId, lines: [{ orderLineId: lineId, quantity: 3 }], reason: 'OUT_OF_STOCK' }, tea.owner);
    expect(goods).toMatchObject({ order: { status: 'CANCELLED', paymentStatus: 'PARTIALLY_REFUNDED', refundableTotal: { amount: 800 } }, userErrors: [] });
    const delivery = { orderId, lines: [], shippingAmount: { amount: 800, currency: 'CNY' }, reason: 'OTHER' };
    expect(await ask('refund', delivery, tea.owner)).toMatchObject({ order: { status: 'CANCELLED', paymentStatus: 'REFUNDED' }, userErrors: [] });
    expect(await paymentOf(purchase)).toMatchObject({ refunded: purchase.total.amount, refundPending: 0 });
    expect((await ask('refund', delivery, tea.owner)).userErrors).toMatchObject([{ __typename: 'InvalidStateError', currentState: 'CANCELLED' }]);
  });

  test('of one merchant leaves the other merchant alone', async () => {
    const [leaf, cup] = [await shop.addVariant(tea, { stock: 5 }), await shop.addVariant(cups, { stock: 5 })];
    const purchase = await shop.sell(
      buyer(),
      [
        { variantId: leaf, quantity: 1 },
        { variantId: cup, quantity: 1 },
      ],
      [tea, cups],
    );
    const [mine, other] = [
      purchase.orders.find(({ merchant }) => merchant.id === tea.merchantId),
      purchase.orders.find(({ merchant }) => merchant.id === cups.merchantId),
    ];
    const { userErrors } = await ask('refund', { orderId: mine?.id, lines: [{ orderLineId: mine?.lines[0]?.id, quantity: 1 }], reason: 'OTHER' }, tea.owner);
    expect(userErrors).toEqual([]);
    expect(await shop.order(other?.id ?? '')).toMatchObject({ status: 'PAID', paymentStatus: 'PAID', refundedTotal: 0 });
    expect(await shop.levelOf(cup)).toMatchObject({ reserved: 1 });
  });
});

describe('the limits', () => {
  const CNY = (amount: number) => ({ amount, currency: 'CNY' });
  test.each([
    ['no units', { quantity: 0 }, 'quantity'],
    ['fewer than none', { quantity: -1 }, 'quantity'],
    ['more than were bought', { quantity: 4 }, 'quantity'],
    ['more than they cost', { quantity: 1, amount: CNY(1001) }, 'amount'],
    ['nothing for something', { quantity: 1, amount: CNY(0) }, 'amount'],
    ['less than nothing', { quantity: 1, amount: CNY(-5) }, 'amount'],
    ['another currency', { quantity: 1, amount: { amount: 5, currency: 'USD' } }, 'amount'],
  ])('%s is refused', async (_, line, field) => {
    const { purchase, orderId, lineId } = await sellThree();
    const { refundRequest, userErrors } = await ask('create', { ...wish(orderId, lineId, 1), lines: [{ orderLineId: lineId, ...line }] }, purchase.who);
    expect(refundRequest).toBeNull();
    expect(userErrors).toMatchObject([
      { __typename: 'RefundLimitError', code: 'REFUND_LIMIT', path: ['input', 'lines', '0', field], orderLineId: lineId, refundableQuantity: 3 },
    ]);
  });

  test('hold when two refunds that exceed together come at once, ten times', async () => {
    for (let round = 0; round < 10; round++) {
      const { purchase, orderId, lineId, leaf } = await sellThree();
      const answers = await Promise.all(
        [1, 2].map(() => ask('refund', { orderId, lines: [{ orderLineId: lineId, quantity: 2 }], reason: 'OTHER' }, tea.owner)),
      );
      expect(answers.map(({ userErrors }) => userErrors.length).sort()).toEqual([0, 1]);
      expect(answers.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ code: 'REFUND_LIMIT', refundableQuantity: 1 }]);
      expect(await paymentOf(purchase)).toMatchObject({ refunded: 2000, refundPending: 0 });
      expect(await shop.levelOf(leaf)).toEqual({ onHand: 10, available: 9, reserved: 1 });
    }
  });

  test('count the same key once', async () => {
    const { purchase, orderId, lineId } = await sellThree();
    const idempotencyKey = key();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask('refund', { orderId, lines: [{ orderLineId: lineId, quantity: 1 }], reason: 'OTHER', idempotencyKey }, tea.owner)),
    );
    expect(new Set(answers.map(({ refundRequest }) => refundRequest.id)).size).toBe(1);
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 1000 });
  });

  test('shrink with what a request holds, and grow back when it is withdrawn', async () => {
    const { purchase, orderId, lineId } = await sellThree(333);
    const { refundRequest } = await ask('create', wish(orderId, lineId, 3), purchase.who);
    expect((await ask('create', wish(orderId, lineId, 1), purchase.who)).userErrors).toMatchObject([
      { code: 'REFUND_LIMIT', refundableQuantity: 0, refundableAmount: { amount: 0 } },
    ]);
    expect((await byId('refundWithdraw', refundRequest.id, buyer())).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await byId('refundWithdraw', refundRequest.id, purchase.who)).toMatchObject({
      refundRequest: { status: 'WITHDRAWN' },
      order: { lines: [{ refundableQuantity: 3, refundableAmount: { amount: 999 } }] },
    });
    expect((await ask('approve', { id: refundRequest.id }, tea.owner)).userErrors).toMatchObject([{ currentState: 'WITHDRAWN' }]);
  });
});

describe('a decision', () => {
  test('may lower the amounts', async () => {
    const { purchase, orderId, lineId } = await sellThree();
    const { refundRequest } = await ask('create', wish(orderId, lineId, 2, { includeShipping: true }), purchase.who);
    const lower = (amount: number) => ({
      id: refundRequest.id,
      lines: [{ orderLineId: lineId, quantity: 1, amount: { amount, currency: 'CNY' } }],
      shippingAmount: { amount: 100, currency: 'CNY' },
    });
    expect((await ask('approve', lower(1001), tea.owner)).userErrors).toMatchObject([{ code: 'REFUND_LIMIT' }]);
    expect(await ask('approve', lower(600), tea.owner)).toMatchObject({
      refundRequest: { status: 'SUCCEEDED', requestedAmount: { amount: 2800 }, approvedAmount: { amount: 700 } },
      order: { refundedTotal: { amount: 700 }, lines: [{ refundedQuantity: 0, refundableQuantity: 3, refundableAmount: { amount: 2400 } }] },
    });
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 700, refundPending: 0 });
  });

  test('to refuse can be brought before the platform once', async () => {
    const { purchase, orderId, lineId } = await sellThree();
    const { refundRequest } = await ask('create', wish(orderId, lineId, 1), purchase.who);
    const { id } = refundRequest;
    expect(await ask('reject', { id, reason: 'used' }, tea.owner)).toMatchObject({
      refundRequest: { status: 'REJECTED', decision: { approved: false } },
      order: { lines: [{ refundableQuantity: 3 }] },
    });
    expect(await ask('escalate', { id, statement: 'It was not.' }, purchase.who)).toMatchObject({
      refundRequest: { status: 'ESCALATED' },
      order: { lines: [{ refundableQuantity: 2 }] },
    });
    expect((await ask('approve', { id }, tea.owner)).userErrors).toMatchObject([{ currentState: 'ESCALATED' }]);
    expect(await ask('arbitrate', { id, approve: true, reason: 'The pictures show it.' }, staff('refunds:arbitrate'))).toMatchObject({
      refundRequest: { status: 'SUCCEEDED', decision: { by: 'PLATFORM' } },
    });
    expect((await ask('escalate', { id, statement: 'again' }, purchase.who)).userErrors).toMatchObject([{ currentState: 'SUCCEEDED' }]);
  });

  test('that nobody takes in time is taken by the clock, and against it by one of both', async () => {
    const { purchase, orderId, lineId } = await sellThree();
    const { refundRequest } = await ask('create', wish(orderId, lineId, 1), purchase.who);
    await shop
      .running('order-payment')
      .runtime.database.collection<any>('jobs')
      .updateOne({ _id: `refund-auto-approval|${refundRequest.id}` }, { $set: { runAt: new Date() } });
    const [, answer] = await Promise.all([shop.settle(), ask('approve', { id: refundRequest.id }, tea.owner)]);
    expect([[], ['INVALID_STATE']]).toContainEqual(answer.userErrors.map(({ code }: any) => code));
    await shop.until(async () => (await shop.rows('refund-request', { _id: refundRequest.id, status: 'SUCCEEDED' }))[0]);
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 1000, refundPending: 0 });
  });
});

describe('a return', () => {
  test('is paid when the goods are back, and puts them on sale again', async () => {
    const { purchase, leaf, orderId, lineId } = await sellThree();
    await ship(orderId, tea.owner);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 7, available: 7, reserved: 0 });
    const { refundRequest } = await ask('create', wish(orderId, lineId, 1, { type: 'RETURN_AND_REFUND' }), purchase.who);
    const { id } = refundRequest;
    const returnAddress = async () => {
      const query = 'query ($id: ID!) { refundRequest(id: $id) { returnAddress { recipientName city line1 } } }';
      return (await shop.must('order-payment', query, { id }, purchase.who)).returnAddress;
    };
    const warehouse = { recipientName: 'Li Lei', city: 'Shanghai', line1: '1 Nanjing Road' };
    expect(await returnAddress()).toBeNull();
    expect(await ask('approve', { id }, tea.owner)).toMatchObject({
      refundRequest: { status: 'AWAITING_RETURN', executions: [] },
      order: { status: 'SHIPPED' },
    });
    expect(await returnAddress()).toEqual(warehouse);
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 0, refundPending: 1000 });
    expect((await byId('refundReturnReceived', id, tea.owner)).userErrors).toMatchObject([{ currentState: 'AWAITING_RETURN' }]);
    expect(await ask('returned', { id, carrier: 'SF', trackingNumber: 'SF9' }, purchase.who)).toMatchObject({
      refundRequest: { status: 'RETURN_SHIPPED', returnTracking: 'SF SF9' },
    });
    expect(await returnAddress()).toEqual(warehouse);
    expect(await byId('refundReturnReceived', id, tea.owner)).toMatchObject({
      refundRequest: { status: 'SUCCEEDED' },
      order: { refundedTotal: { amount: 1000 } },
    });
    expect(await returnAddress()).toBeNull();
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 8, available: 8, reserved: 0 });
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 1000, refundPending: 0 });
  });
});

describe('the provider', () => {
  test('that fails at first is asked again by the next attempt', async () => {
    const { purchase, orderId, lineId } = await sellThree(1013);
    const { refundRequest } = await ask('refund', { orderId, lines: [{ orderLineId: lineId, quantity: 1 }], reason: 'OTHER' }, tea.owner);
    expect(refundRequest).toMatchObject({ status: 'FAILED', executions: [{ status: 'FAILED', attempts: 2 }] });
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 0, refundPending: 1013 });
    await shop.until(async () => (await shop.rows('refund-request', { _id: refundRequest.id, status: 'SUCCEEDED' }))[0]);
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 1013, refundPending: 0 });
  });

  test('that takes its time tells us when it is done', async () => {
    const { purchase, orderId, lineId } = await sellThree(1017);
    const { refundRequest } = await ask('refund', { orderId, lines: [{ orderLineId: lineId, quantity: 1 }], reason: 'OTHER' }, tea.owner);
    expect(refundRequest).toMatchObject({ status: 'PROCESSING', executions: [{ status: 'SUBMITTED', attempts: 1 }] });
    await shop.until(async () => (await shop.rows('refund-request', { _id: refundRequest.id, status: 'SUCCEEDED' }))[0]);
    expect(await paymentOf(purchase)).toMatchObject({ refunded: 1017, refundPending: 0 });
  });
});

describe('who sees a request', () => {
  test('its buyer, its merchant and staff, in lists of one command each', async () => {
    const { purchase, orderId, lineId } = await sellThree();
    const { refundRequest } = await ask('create', wish(orderId, lineId, 1), purchase.who);
    const one = `{ refundRequest(id: "${refundRequest.id}") { id order { id } } }`;
    for (const who of [purchase.who, tea.owner, staff('refunds:arbitrate')])
      expect(await shop.must('order-payment', one, {}, who)).toEqual({ id: refundRequest.id, order: { id: orderId } });
    for (const who of [buyer(), cups.owner, staff('orders:read')]) expect(await shop.must('order-payment', one, {}, who)).toBeNull();
    const list = (type: string, id: string) =>
      `{ _entities(representations: [{ __typename: "${type}", id: "${id}" }]) { ... on ${type} { refundRequests(first: 5) { nodes { id } } } } }`;
    shop.fetches.length = 0;
    expect(await shop.must('order-payment', list('User', purchase.who.subject ?? ''), {}, purchase.who)).toEqual([
      { refundRequests: { nodes: [{ id: refundRequest.id }] } },
    ]);
    expect((await shop.must('order-payment', list('Merchant', tea.merchantId), {}, tea.owner))[0].refundRequests.nodes[0]).toEqual({ id: refundRequest.id });
    expect(shop.fetches.map(({ commands }) => commands)).toEqual([1, 1]);
    expect(await shop.must('order-payment', list('Merchant', tea.merchantId), {}, cups.owner)).toEqual([{ refundRequests: null }]);
    expect(await shop.must('order-payment', list('User', purchase.who.subject ?? ''), {}, buyer())).toEqual([{ refundRequests: null }]);
  });
});
