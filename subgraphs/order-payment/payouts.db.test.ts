import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer } from '../../test/subgraphs.ts';
import { accountant, day, ERRORS, finance, type SettlingShop, startSettlingShop } from './settlement.fixture.ts';
import { key } from './shop.fixture.ts';

let shop: SettlingShop;

beforeAll(async () => {
  shop = await startSettlingShop();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

describe('a payout run', () => {
  test('pays what is available, once, and nothing in a dry run', async () => {
    const { merchant, earn, sell } = await shop.openStall();
    await shop.verify(merchant);
    const purchase = await earn(2);
    await sell(1);
    const only = { merchantIds: [merchant.merchantId] };
    const dry = await shop.run({ ...only, dryRun: true });
    expect(dry).toMatchObject({ userErrors: [], held: [], payouts: [{ status: 'CREATED', amount: { amount: 2520, currency: 'CNY' }, periodEnd: day(1) }] });
    expect(await shop.rows('payout', only)).toEqual([]);
    expect(await shop.balance(merchant)).toEqual({ pending: 1620, available: 2520, reserved: 0, owed: 0 });

    const idempotencyKey = key();
    const { payouts } = await shop.run({ ...only, idempotencyKey });
    expect(payouts).toMatchObject([{ status: 'CREATED', amount: { amount: 2520 } }]);
    expect((await shop.run({ ...only, idempotencyKey })).payouts).toEqual(payouts);
    expect((await shop.run(only)).payouts).toEqual(payouts);
    expect(await shop.balance(merchant)).toEqual({ pending: 1620, available: 0, reserved: 0, owed: 0 });
    const query = 'query ($id: ID!) { order(id: $id) { settlement { payout { id merchant { id } } } } }';
    const { settlement } = await shop.must('order-payment', query, { id: purchase.orders[0]?.id }, accountant(merchant));
    expect(settlement.payout).toEqual({ id: payouts[0].id, merchant: { id: merchant.merchantId } });
    expect(await shop.brokenBooks()).toEqual([]);
  });

  test('ten at once make one payout', async () => {
    const { merchant, earn } = await shop.openStall();
    await shop.verify(merchant);
    await earn(1);
    const runs = await Promise.all(Array.from({ length: 10 }, () => shop.run({ merchantIds: [merchant.merchantId] })));
    expect(new Set(runs.map(({ payouts }) => payouts[0].id)).size).toBe(1);
    expect(await shop.rows('payout', { merchantId: merchant.merchantId })).toHaveLength(1);
    expect((await shop.kinds(merchant)).filter(([kind]) => kind === 'PAYOUT')).toEqual([['PAYOUT', -1620]]);
  });

  test('pays of a period only what was available in it', async () => {
    const { merchant, earn } = await shop.openStall();
    await shop.verify(merchant);
    await earn(1);
    const only = { merchantIds: [merchant.merchantId] };
    expect((await shop.run({ ...only, periodEnd: day(12) })).payouts).toEqual([]);
    const first = await shop.run({ ...only, periodEnd: day(8) });
    expect(first.payouts).toMatchObject([{ amount: { amount: 1620 }, periodEnd: day(8) }]);
    expect((await shop.run({ ...only, periodEnd: day(9) })).payouts).toEqual([]);
    await earn(1);
    const next = await shop.run({ ...only, periodEnd: day(2) });
    expect(next.payouts).toMatchObject([{ amount: { amount: 1620 }, periodStart: day(7), periodEnd: day(2) }]);
  });

  test('refuses a period that is not over, and merchants that are none', async () => {
    for (const periodEnd of [day(0), '9999-12-31', '1969-12-31', '0001-01-01'])
      expect(await shop.run({ periodEnd })).toMatchObject({ payouts: null, userErrors: [{ code: 'INVALID', path: ['input', 'periodEnd'] }] });
    const unknown = await shop.run({ merchantIds: ['merch_nobody'] });
    expect(unknown).toMatchObject({ payouts: null, userErrors: [{ code: 'NOT_FOUND', path: ['input', 'merchantIds', '0'] }] });
  });

  test('holds the money of who is suspended or has no verified account, and says why', async () => {
    const { merchant, earn } = await shop.openStall();
    await earn(1);
    const only = { merchantIds: [merchant.merchantId] };
    const held = async () => {
      const run = await shop.run(only);
      expect(run.payouts).toEqual([]);
      return run.held;
    };
    expect(await held()).toEqual([{ merchant: { id: merchant.merchantId }, amount: { amount: 1620 }, blockers: ['PAYOUT_ACCOUNT_MISSING'] }]);
    await shop.verify(merchant);
    const review = `mutation ($input: MerchantReviewInput!) { merchantReview(input: $input) { merchant { status } ${ERRORS} } }`;
    const decide = (decision: string) => shop.must('user', review, { input: { id: merchant.merchantId, decision, reason: 'a complaint' } }, finance);
    await decide('SUSPEND');
    expect(await held()).toMatchObject([{ blockers: ['MERCHANT_SUSPENDED'] }]);
    const eligible = (standing: object) =>
      shop.merchantFields(merchant, 'payoutEligibility { eligible blockers nextPayoutAt estimatedAmount { amount } }', accountant(merchant), {
        settlementCurrency: 'CNY',
        payoutAccountStatus: 'VERIFIED',
        ...standing,
      });
    expect((await eligible({ status: 'SUSPENDED' })).merchant.payoutEligibility).toEqual({
      eligible: false,
      blockers: ['MERCHANT_SUSPENDED'],
      nextPayoutAt: null,
      estimatedAmount: { amount: 1620 },
    });
    expect((await eligible({ status: 'ACTIVE' })).merchant.payoutEligibility).toMatchObject({
      eligible: true,
      blockers: [],
      estimatedAmount: { amount: 1620 },
    });
    await decide('REINSTATE');
    expect((await shop.run(only)).payouts).toHaveLength(1);
  });
});

describe('a payout', () => {
  test('that fails is available again, once, and paid with the next period', async () => {
    const { merchant, earn } = await shop.openStall();
    await shop.verify(merchant);
    await earn(1);
    const only = { merchantIds: [merchant.merchantId] };
    const { payouts } = await shop.run({ ...only, periodEnd: day(3) });
    const { id } = payouts[0];
    expect((await shop.record(id, 'SETTLED')).userErrors).toMatchObject([{ code: 'INVALID_STATE' }]);
    for (const at of ['1970-01-01T00:00:00Z', '2100-01-01T00:00:00Z'])
      expect((await shop.record(id, 'SENT', at)).userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'at'] }]);
    expect((await shop.record(id, 'SENT')).payout).toMatchObject({ status: 'SENT' });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => shop.record(id, 'FAILED')));
    for (const { payout, userErrors } of outcomes) expect({ payout, userErrors }).toMatchObject({ payout: { status: 'FAILED' }, userErrors: [] });
    expect((await shop.kinds(merchant)).slice(-2)).toEqual([
      ['PAYOUT', -1620],
      ['PAYOUT_REVERSAL', 1620],
    ]);
    expect(await shop.balance(merchant)).toEqual({ pending: 0, available: 1620, reserved: 0, owed: 0 });
    expect((await shop.run({ ...only, periodEnd: day(3) })).payouts).toMatchObject([{ id, status: 'FAILED' }]);
    const next = await shop.run({ ...only, periodEnd: day(2) });
    expect(next.payouts).toMatchObject([{ status: 'CREATED', amount: { amount: 1620 }, periodStart: day(2) }]);
    await shop.record(next.payouts[0].id, 'SENT');
    expect((await shop.record(next.payouts[0].id, 'SETTLED')).payout.settledAt).not.toBeNull();
    expect((await shop.record(next.payouts[0].id, 'REVERSED')).payout).toMatchObject({ status: 'REVERSED', failure: { code: 'AC04' } });
    expect(await shop.balance(merchant)).toMatchObject({ available: 1620 });
    const waiting = await shop.must('order-payment', '{ payouts(status: REVERSED) { nodes { id } } }', {}, finance);
    expect(waiting.nodes.map((node: { id: string }) => node.id)).toContain(next.payouts[0].id);
    expect(await shop.brokenBooks()).toEqual([]);
  });

  test('before a refund leaves a debt, which the next one nets', async () => {
    const { merchant, earn } = await shop.openStall();
    await shop.verify(merchant);
    const purchase = await earn(2);
    const only = { merchantIds: [merchant.merchantId] };
    await shop.run({ ...only, periodEnd: day(5) });
    await shop.refundOf(purchase, merchant, 1);
    await shop.settle();
    expect(await shop.balance(merchant)).toEqual({ pending: 0, available: 0, reserved: 0, owed: 900 });
    expect((await shop.run({ ...only, periodEnd: day(4) })).payouts).toEqual([]);
    await earn(1);
    expect(await shop.balance(merchant)).toMatchObject({ available: 720, owed: 0 });
    expect((await shop.run({ ...only, periodEnd: day(3) })).payouts).toMatchObject([{ amount: { amount: 720 } }]);
    expect(await shop.brokenBooks()).toEqual([]);
  });

  test('leaves what an open refund request may take', async () => {
    const { merchant, earn } = await shop.openStall();
    await shop.verify(merchant);
    const purchase = await earn(3);
    const input = {
      orderId: purchase.orders[0]?.id,
      type: 'REFUND_ONLY',
      reason: 'DEFECTIVE',
      lines: [{ orderLineId: purchase.orders[0]?.lines[0]?.id, quantity: 1 }],
      idempotencyKey: key(),
    };
    const create = `mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id } ${ERRORS} } }`;
    const { refundRequest } = await shop.must('order-payment', create, { input }, purchase.who);
    // 3800: commission 380, of which 100 for one third of the goods.
    expect(await shop.balance(merchant)).toEqual({ pending: 0, available: 2520, reserved: 900, owed: 0 });
    expect((await shop.run({ merchantIds: [merchant.merchantId] })).payouts).toMatchObject([{ amount: { amount: 2520 } }]);
    const approve = `mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { ${ERRORS} } }`;
    await shop.must('order-payment', approve, { input: { id: refundRequest.id, idempotencyKey: key() } }, merchant.owner);
    await shop.settle();
    expect(await shop.balance(merchant)).toEqual({ pending: 0, available: 0, reserved: 0, owed: 0 });
  });

  test('beside refunds and sales at the same moment leaves every figure right', async () => {
    const { merchant, earn, variantId } = await shop.openStall();
    await shop.verify(merchant);
    const purchases = [await earn(4), await earn(4)];
    const refunds = purchases.flatMap((purchase) => [1, 1, 1].map((quantity) => shop.refundOf(purchase, merchant, quantity)));
    const runs = [1, 2, 3].map(() => shop.run({ merchantIds: [merchant.merchantId] }));
    const sales = [1, 2].map(() => shop.sell(buyer(), [{ variantId, quantity: 1 }], [merchant]));
    const settling = [1, 2, 3].map(() => shop.settle());
    await Promise.all([...refunds, ...runs, ...sales, ...settling]);
    await shop.settle();
    expect(await shop.rows('payout', { merchantId: merchant.merchantId })).toHaveLength(1);
    const entries = await shop.ledger(merchant);
    expect(entries.filter(({ kind }) => kind === 'REFUND')).toHaveLength(6);
    expect(entries.filter(({ kind }) => kind === 'SALE')).toHaveLength(4);
    expect(await shop.brokenBooks()).toEqual([]);
  });
});

describe('what staff decide', () => {
  test('a commission counts from then on, for this merchant', async () => {
    const { merchant, sell } = await shop.openStall();
    await sell(1);
    const set = `mutation ($input: MerchantCommissionSetInput!) { merchantCommissionSet(input: $input) { merchant { commissionRateBps } ${ERRORS} } }`;
    const agree = (rateBps: number | null, merchantId = merchant.merchantId) => shop.must('order-payment', set, { input: { merchantId, rateBps } }, finance);
    expect(await agree(250)).toEqual({ merchant: { commissionRateBps: 250 }, userErrors: [] });
    await sell(1);
    expect(await agree(null)).toMatchObject({ merchant: { commissionRateBps: 1000 } });
    await sell(1);
    const commissions = (await shop.kinds(merchant)).filter(([kind]) => kind === 'COMMISSION').map(([, amount]) => amount);
    expect(commissions).toEqual([-180, -45, -180]);
    expect((await agree(10_001)).userErrors).toMatchObject([{ code: 'INVALID' }]);
    expect((await agree(1, 'merch_nobody')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('an adjustment is posted once', async () => {
    const { merchant } = await shop.openStall();
    const adjust = `mutation ($input: BalanceAdjustInput!) { balanceAdjust(input: $input) { entry { kind note amount { amount } balanceAfter { amount } } ${ERRORS} } }`;
    const idempotencyKey = key();
    const give = (amount: number) =>
      shop.must(
        'order-payment',
        adjust,
        { input: { merchantId: merchant.merchantId, amount: { amount, currency: 'CNY' }, note: 'a lost parcel', idempotencyKey } },
        finance,
      );
    const entry = { kind: 'ADJUSTMENT', note: 'a lost parcel', amount: { amount: 500 }, balanceAfter: { amount: 500 } };
    expect(await give(500)).toEqual({ entry, userErrors: [] });
    expect(await give(500)).toEqual({ entry, userErrors: [] });
    expect((await give(600)).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_PARAMETER_MISMATCH' }]);
    for (const amount of [0, 1_000_000_000_001, -Number.MAX_SAFE_INTEGER])
      expect((await give(amount)).userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'amount'] }]);
    expect(await shop.balance(merchant)).toMatchObject({ available: 500 });
    await shop.verify(merchant);
    const { payouts } = await shop.run({ merchantIds: [merchant.merchantId] });
    expect(payouts).toMatchObject([{ amount: { amount: 500 }, periodStart: day(1), periodEnd: day(1) }]);
  });
});
