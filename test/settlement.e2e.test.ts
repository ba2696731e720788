import { describe, expect, test } from 'vitest';
import { addCategory, type Actor, buy, key, logIn, openShop, publish, type Seller, signUp, staffMember, until } from './actors.ts';
import { booksOf } from './books.ts';
import { startGraph, type TestGraph, TOPOLOGIES, withDatabases } from './graph.ts';

const DAY_MS = 24 * 3600_000;
const yesterday = () => new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);

const FIELDS = `id name balances { currency pending { amount } available { amount } } payoutEligibility { eligible blockers estimatedAmount { amount currency } }
  payouts { nodes { id status } }`;
const MERCHANT = `query ($id: ID!) { merchant(id: $id) { ${FIELDS} } }`;

async function verifyAccount(seller: Seller, staff: Actor): Promise<void> {
  const { merchantId } = seller;
  const account = { merchantId, provider: 'bank', providerToken: 'tok_12345678', currency: 'CNY', idempotencyKey: key() };
  const set = 'mutation ($input: PayoutAccountSetInput!) { payoutAccountSet(input: $input) { merchant { payoutAccount { version } } userErrors { code } } }';
  const { merchant } = await seller.must(set, { input: account });
  const review = 'mutation ($input: PayoutAccountReviewInput!) { payoutAccountReview(input: $input) { merchant { payoutAccountStatus } userErrors { code } } }';
  const input = { merchantId, decision: 'VERIFY', expectedVersion: merchant.payoutAccount.version, reason: 'As in the papers.' };
  expect(await staff.must(review, { input })).toMatchObject({ merchant: { payoutAccountStatus: 'VERIFIED' } });
}

async function clerkOf(graph: TestGraph, seller: Seller): Promise<Actor> {
  const clerk = await signUp(graph, 'clerk');
  const invite = 'mutation ($input: MerchantMemberInviteInput!) { merchantMemberInvite(input: $input) { userErrors { code } } }';
  await seller.must(invite, { input: { merchantId: seller.merchantId, email: clerk.email, role: 'ORDER_CLERK' } });
  const [{ token }] = (await clerk.must('{ me { merchantInvitations { token } } }')).merchantInvitations;
  await clerk.must('mutation ($token: String!) { merchantInvitationAccept(token: $token) { userErrors { code } } }', { token });
  return logIn(graph, clerk.email);
}

describe.each(TOPOLOGIES)('what a merchant earns, %s', (topology) => {
  test('is seen by its accountants only, and paid out once it is available', async () => {
    await using graph = await startGraph({ topology, environment: { SETTLEMENT_POSTING_SECONDS: '0.2', COMMISSION_RATE_BPS: '1000' } });
    const staff = await staffMember(graph);
    const seller = await openShop(graph, staff, 'earns');
    const { variantIds } = await publish(seller, await addCategory(staff));
    const buyer = await signUp(graph, 'earns-buyer');
    const [order] = (await buy(buyer, [{ variantId: variantIds[0] ?? '', quantity: 1 }], [seller.merchantId])).orders;
    const { totals } = await buyer.must('query ($id: ID!) { order(id: $id) { totals { total { amount } } } }', { id: order.id });
    const total: number = totals.total.amount;
    const net = total - Math.round(total / 10);

    const seen = (who: Actor) => who.must(MERCHANT, { id: seller.merchantId });
    const pending = await until(async () => {
      const merchant = await seen(seller);
      return merchant.balances.length > 0 && merchant;
    });
    expect(pending.balances).toEqual([{ currency: 'CNY', pending: { amount: net }, available: { amount: 0 } }]);
    expect(pending.payoutEligibility).toMatchObject({ eligible: false, blockers: ['PAYOUT_ACCOUNT_MISSING', 'NOTHING_AVAILABLE'] });

    const ship = 'mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } userErrors { code } } }';
    await seller.must(ship, { input: { orderId: order.id, carrier: 'SF', trackingNumber: '1', idempotencyKey: key() } });
    await buyer.must('mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { order { status } userErrors { code } } }', { id: order.id });
    await verifyAccount(seller, staff);
    const ready = await until(async () => {
      const merchant = await seen(seller);
      return merchant.balances[0].available.amount > 0 && merchant;
    });
    expect(ready.payoutEligibility).toEqual({ eligible: true, blockers: [], estimatedAmount: { amount: net, currency: 'CNY' } });

    const clerk = await clerkOf(graph, seller);
    const partly = await clerk.ask(MERCHANT, { id: seller.merchantId });
    expect(partly.data.merchant).toEqual({ id: seller.merchantId, name: ready.name, balances: null, payoutEligibility: null, payouts: null });
    expect(new Set(partly.errors?.map(({ extensions }) => extensions['code']))).toEqual(new Set(['FORBIDDEN']));

    await withDatabases(graph.databasePrefix, async (database) => {
      const twoDaysAgo = new Date(Date.now() - 2 * DAY_MS);
      await database('order-payment')
        .collection('order-settlement')
        .updateMany({}, { $set: { availableAt: twoDaysAgo } });
    });
    const RUN = `mutation ($input: PayoutRunInput!) { payoutRun(input: $input) {
      payouts { id amount { amount } merchant { name } } held { blockers } userErrors { code message } } }`;
    const run = () => staff.must(RUN, { input: { periodEnd: yesterday(), dryRun: false, idempotencyKey: key() } });
    const [first, second] = await Promise.all([run(), run()]);
    expect(first.payouts).toEqual([{ id: expect.any(String), amount: { amount: net }, merchant: { name: ready.name } }]);
    expect(second.payouts).toEqual(first.payouts);
    const [{ id }] = first.payouts;
    const node = 'query ($id: ID!) { node(id: $id) { ... on Payout { id status amount { amount } } } }';
    expect(await seller.must(node, { id })).toEqual({ id, status: 'CREATED', amount: { amount: net } });
    expect((await buyer.ask(node, { id })).data?.node ?? null).toBeNull();
    expect(await booksOf(graph)).toEqual([]);
  });
});
