import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countingCommands } from '#platform/commands.ts';
import { buyer, member } from '../../test/subgraphs.ts';
import { catchUp } from './settlement/catching-up.ts';
import { noteOrder, postNoted } from './settlement/following.ts';
import { accountant, ERRORS, finance, type SettlingShop, startSettlingShop } from './settlement.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: SettlingShop;
const SHIPPING = 800;

beforeAll(async () => {
  shop = await startSettlingShop();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

describe('a sale', () => {
  test('is posted when it is paid, and available when it is complete', async () => {
    const { merchant, sell } = await shop.openStall();
    const purchase = await sell(2);
    expect(await shop.kinds(merchant)).toEqual([
      ['SALE', 2000 + SHIPPING],
      ['COMMISSION', -280],
    ]);
    expect(await shop.balance(merchant)).toEqual({ pending: 2520, available: 0, reserved: 0, owed: 0 });
    await shop.complete(purchase, merchant);
    expect(await shop.balance(merchant)).toEqual({ pending: 0, available: 2520, reserved: 0, owed: 0 });

    const query = `query ($id: ID!) { order(id: $id) { number settlement { gross { amount } commission { amount } commissionRateBps
      paymentFee { amount } platformDiscount { amount } refunds { amount } net { amount } availableAt payout { id } } } }`;
    const { settlement } = await shop.must('order-payment', query, { id: purchase.orders[0]?.id }, accountant(merchant));
    expect(settlement).toMatchObject({ gross: { amount: 2800 }, commission: { amount: 280 }, commissionRateBps: 1000, net: { amount: 2520 }, payout: null });
    expect(settlement.availableAt).not.toBeNull();
  });

  test('is posted once, however often and in whatever order its events are told', async () => {
    const { merchant, sell } = await shop.openStall();
    const purchase = await sell(3);
    await shop.complete(purchase, merchant);
    await shop.refundOf(purchase, merchant, 1);
    await shop.settle();
    const before = await shop.ledger(merchant);
    expect(before.map(({ kind }) => kind)).toEqual(['SALE', 'COMMISSION', 'REFUND', 'COMMISSION_REVERSAL']);
    const topics = ['order.paid', 'order.completed', 'refund.succeeded'];
    const events = await shop.rows('outbox', { topic: { $in: topics }, 'data.merchantId': merchant.merchantId });
    expect(events).toHaveLength(3);
    const again = [...events, ...events].reverse().map((event) => shop.running('order-payment').consume(event));
    await Promise.all(again);
    await shop.settle();
    expect(await shop.ledger(merchant)).toEqual(before);
  });

  test('is looked at again when more happens to it while it is posted', async () => {
    const { merchant, sell } = await shop.openStall();
    const purchase = await sell(2);
    const context = shop.running('order-payment').runtime.systemContext();
    const data = { orderId: purchase.orders[0]?.id, merchantId: merchant.merchantId };
    await noteOrder(context, { _id: 'event_1', data });
    const [job] = await shop.rows('jobs', { subjectId: merchant.merchantId, kind: 'settlement-posting' });
    await noteOrder(context, { _id: 'event_2', data });
    await postNoted(context, { ...job, now: new Date() });
    const [left] = await shop.rows('jobs', { subjectId: merchant.merchantId, kind: 'settlement-posting' });
    expect(left.data.items).toEqual([`${data.orderId} event_2`]);
  });

  test('costs one command to note, and ten with all others of its merchant to post', async () => {
    const { merchant, sell } = await shop.openStall();
    const { database, systemContext } = shop.running('order-payment').runtime;
    const orderIds: string[] = [];
    for (let count = 0; count < 6; count += 1) orderIds.push((await sell()).orders[0]?.id ?? '');
    const forget = async () => {
      for (const collection of ['ledger-entry', 'merchant-account', 'order-settlement', 'jobs']) {
        await database
          .collection(collection)
          .deleteMany({ $or: [{ accountId: `${merchant.merchantId}|CNY` }, { _id: new RegExp(merchant.merchantId) as never }] });
      }
    };
    const commandsFor = async (some: readonly string[]) => {
      await forget();
      const context = systemContext();
      const noting = await countingCommands(async () => {
        for (const orderId of some) await noteOrder(context, { _id: `event_${orderId}`, data: { orderId, merchantId: merchant.merchantId } });
      });
      expect(noting.commands).toBe(some.length);
      const [job] = await shop.rows('jobs', { subjectId: merchant.merchantId });
      const posting = await countingCommands(() => postNoted(context, { ...job, now: new Date() }));
      expect(await shop.ledger(merchant)).toHaveLength(2 * some.length);
      await database.collection('jobs').deleteMany({ subjectId: merchant.merchantId });
      return posting.commands;
    };
    expect(await commandsFor(orderIds)).toBe(await commandsFor(orderIds.slice(0, 1)));
    expect(await commandsFor(orderIds)).toBeLessThanOrEqual(10);
  });

  test('of which the posting job died in its middle is posted by the next', async () => {
    const { merchant, variantId } = await shop.openStall();
    const purchase = await shop.sell(buyer(), [{ variantId, quantity: 1 }], [merchant]);
    await shop.running('order-payment').relay.drain();
    const jobs = shop.running('order-payment').runtime.database.collection('jobs');
    const leased = { owner: 'a process that was killed', leaseUntil: new Date(Date.now() - 1) };
    await jobs.updateMany({ kind: 'settlement-posting', subjectId: merchant.merchantId }, { $set: leased });
    await shop.settle();
    expect(await shop.kinds(merchant)).toHaveLength(2);
    expect(await shop.rows('jobs', { kind: 'settlement-posting', subjectId: merchant.merchantId })).toEqual([]);
    expect(purchase.orders).toHaveLength(1);
  });

  test('that was called off leaves nothing', async () => {
    const { merchant, sell } = await shop.openStall();
    const { who, orders } = await sell(1);
    const cancel = `mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { ${ERRORS} } }`;
    await shop.must('order-payment', cancel, { input: { orderId: orders[0]?.id, reason: 'OTHER', idempotencyKey: key() } }, who);
    await shop.settle();
    expect(await shop.balance(merchant)).toEqual({ pending: 0, available: 0, reserved: 0, owed: 0 });
    const [settlement] = await shop.rows('order-settlement', { accountId: `${merchant.merchantId}|CNY` });
    expect(settlement).toMatchObject({ net: 0, refunded: 1800, commissionReversed: 180 });
  });
});

describe('a purchase of two merchants', () => {
  test('refunds one of them, and only his ledger moves', async () => {
    const [a, b] = [await shop.openStall(999), await shop.openStall(500)];
    const lines = [a, b].map(({ variantId }) => ({ variantId, quantity: 3 }));
    const purchase = await shop.sell(buyer(), lines, [a.merchant, b.merchant]);
    await shop.settle();
    const [ofA, ofB] = [await shop.ledger(a.merchant), await shop.ledger(b.merchant)];
    await shop.refundOf(purchase, a.merchant, 1);
    await shop.settle();
    expect(await shop.ledger(b.merchant)).toEqual(ofB);
    const moved = (await shop.ledger(a.merchant)).slice(ofA.length);
    // 2997 goods + 800 shipping: commission 380 (379.7); of 999 of it 100 (99.97).
    expect(moved.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['REFUND', -999],
      ['COMMISSION_REVERSAL', 100],
    ]);
    await shop.refundOf(purchase, a.merchant, 2);
    await shop.settle();
    const entries = await shop.ledger(a.merchant);
    const sums = Object.groupBy(entries, ({ kind }) => kind);
    const sum = (kind: string) => (sums[kind] ?? []).reduce((total, { amount }) => total + amount, 0);
    expect(sum('REFUND')).toBe(-2997);
    expect(sum('COMMISSION')).toBe(-380);
    expect(sum('COMMISSION_REVERSAL')).toBe(300);
    expect(await shop.brokenBooks()).toEqual([]);
  });
});

describe('who may look', () => {
  test('a clerk gets a field error, and the rest of the query', async () => {
    const { merchant, sell } = await shop.openStall();
    await sell();
    const clerk = member(merchant.merchantId, ['merchant:read', 'orders:read']);
    const { merchant: seen, errors } = await shop.merchantFields(merchant, 'id orders { nodes { number } } balances { currency }', clerk);
    expect(seen.orders.nodes).toHaveLength(1);
    expect(seen.balances).toBeNull();
    expect(errors).toMatchObject([{ path: ['_entities', 0, 'balances'], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('another merchant sees nothing, staff see all', async () => {
    const { merchant, earn } = await shop.openStall();
    const other = await shop.openStall();
    await shop.verify(merchant);
    const purchase = await earn();
    const { payouts } = await shop.run({ merchantIds: [merchant.merchantId] });
    const range = '{ from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" }';
    const fields = `commissionRateBps balances { currency } payouts { nodes { id } } ledger(range: ${range}) { nodes { id } } payoutEligibility { eligible }`;
    const standing = { status: 'ACTIVE', payoutAccountStatus: 'VERIFIED', settlementCurrency: 'CNY' };
    const nothing = { commissionRateBps: null, balances: null, payouts: null, ledger: null, payoutEligibility: null };
    const foreign = await shop.merchantFields(merchant, fields, accountant(other.merchant), standing);
    expect(foreign.merchant).toEqual(nothing);
    const own = await shop.merchantFields(merchant, fields, finance, standing);
    expect(own.merchant.ledger.nodes).toHaveLength(3);
    expect(own.merchant.payoutEligibility).toEqual({ eligible: false });

    const settlementOf = 'query ($id: ID!) { order(id: $id) { id settlement { net { amount } } } }';
    const buyersView = await shop.ask('order-payment', settlementOf, { id: purchase.orders[0]?.id }, { identity: purchase.who });
    expect(buyersView.data.order.settlement).toBeNull();
    expect(buyersView.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);

    const node = 'query ($id: ID!) { node(id: $id) { __typename id } }';
    const see = (identity: ReturnType<typeof buyer>) => shop.must('user', node, { id: payouts[0].id }, identity);
    expect(await see(accountant(merchant))).toEqual({ __typename: 'Payout', id: payouts[0].id });
    expect(await see(accountant(other.merchant))).toBeNull();
    expect(await see(purchase.who)).toBeNull();
  });

  test('the ledger goes on from page to page, in as many commands for many merchants as for one', async () => {
    const { merchant, sell } = await shop.openStall();
    for (let count = 0; count < 3; count += 1) await sell();
    const range = '{ from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" }';
    const fields = 'nodes { kind amount { amount } balanceAfter { amount } order { id } } pageInfo { hasNextPage endCursor }';
    const seen: any[] = [];
    for (let after = 'null'; ; ) {
      const { merchant: page } = await shop.merchantFields(merchant, `ledger(range: ${range}, first: 4, after: ${after}) { ${fields} }`);
      seen.push(...page.ledger.nodes);
      if (!page.ledger.pageInfo.hasNextPage) break;
      after = JSON.stringify(page.ledger.pageInfo.endCursor);
    }
    const stored = (await shop.ledger(merchant)).reverse();
    expect(seen.map(({ balanceAfter }) => balanceAfter.amount)).toEqual(stored.map(({ balanceAfter }) => balanceAfter));
    expect(seen.every(({ order }) => order !== null)).toBe(true);
    const outside = await shop.merchantFields(merchant, 'ledger(range: { from: "2020-01-01T00:00:00Z", to: "2020-02-01T00:00:00Z" }) { nodes { id } }');
    expect(outside.merchant.ledger.nodes).toEqual([]);

    const merchants = [merchant, (await shop.openStall()).merchant, (await shop.openStall()).merchant];
    const asked = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Merchant { balances { currency } ledger(range: ${range}) { nodes { id order { id } } } payouts { nodes { id } } } } }`;
    const commandsFor = async (some: ShopMerchant[]) => {
      shop.fetches.length = 0;
      await shop.must('order-payment', asked, { of: some.map(({ merchantId }) => ({ __typename: 'Merchant', id: merchantId })) }, finance);
      return shop.fetches[0]?.commands;
    };
    expect(await commandsFor(merchants)).toBe(await commandsFor(merchants.slice(0, 1)));
  });
});

describe('what the platform pays of a sale', () => {
  test('goes back with the goods that it was paid for, and nobody gains by calling them off', async () => {
    const { merchant, variantId } = await shop.openStall(20_000);
    const coupon = await shop.addCoupon(null, { percentBps: 5_000 });
    const purchase = await shop.sell(buyer(), [{ variantId, quantity: 1 }], [merchant], [coupon.code]);
    await shop.settle();
    await shop.refundOf(purchase, merchant, 1);
    await shop.settle();
    // The goods went back before they left; the merchant kept the delivery of 800, of which a tenth is commission.
    const [settlement] = await shop.rows('order-settlement', { accountId: `${merchant.merchantId}|CNY` });
    expect(settlement).toMatchObject({ gross: 10_800, platformDiscount: 10_000, platformDiscountReversed: 10_000, refunded: 10_000, net: 720 });
    expect(await shop.usesOf(coupon.id)).toMatchObject({ counted: 0 });
    expect(await shop.brokenBooks()).toEqual([]);
  });

  test('goes back in parts with parts of the goods, and stays with what is kept', async () => {
    const { merchant, variantId } = await shop.openStall(999);
    const coupon = await shop.addCoupon(null, { percentBps: 1_725 });
    const purchase = await shop.sell(buyer(), [{ variantId, quantity: 3 }], [merchant], [coupon.code]);
    await shop.complete(purchase, merchant);
    await shop.refundOf(purchase, merchant, 2);
    await shop.settle();
    // 517 of 2997 was the platform's; of the 2480 that were paid, 1652 go back: 344 of 517.
    const [settlement] = await shop.rows('order-settlement', { accountId: `${merchant.merchantId}|CNY` });
    expect(settlement).toMatchObject({ platformDiscount: 517, refunded: 1652, platformDiscountReversed: 344 });
    await shop.refundOf(purchase, merchant, 1);
    await shop.settle();
    const [after] = await shop.rows('order-settlement', { accountId: `${merchant.merchantId}|CNY` });
    expect(after).toMatchObject({ refunded: 2480, platformDiscountReversed: 517 });
    expect(await shop.brokenBooks()).toEqual([]);
  });
});

test('a shop that sold before it kept a ledger catches up, beside two that do the same', async () => {
  const { merchant, earn, sell } = await shop.openStall();
  await shop.refundOf(await earn(2), merchant, 1);
  await sell(1);
  await shop.settle();
  const orderPayment = shop.running('order-payment').runtime;
  const before = await shop.kinds(merchant);
  for (const collection of ['ledger-entry', 'merchant-account', 'order-settlement', 'payout'])
    await orderPayment.database.collection(collection).deleteMany({});
  const context = () => orderPayment.systemContext();
  await Promise.all([catchUp(context().em, shop.config), catchUp(context().em, shop.config)]);
  expect((await shop.kinds(merchant)).sort()).toEqual(before.sort());
  expect(await shop.brokenBooks()).toEqual([]);
});
