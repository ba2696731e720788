import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, addCategory, buy, guestSession, key, logIn, openShop, publish, type Seller, signUp, staffMember } from './actors.ts';
import { type Answered, startGraph, type TestGraph } from './graph.ts';

/**
 * Who may do what with orders and money, root field by root field: every kind of caller asks for the same thing of one
 * buyer's at one merchant, and is told exactly what the contract says.
 */
const CALLERS = ['nobody', 'guest', 'buyer', 'stranger', 'editor', 'clerk', 'finance', 'owner', 'rival', 'support', 'staff'] as const;
type Caller = (typeof CALLERS)[number];

/** `reached`: got past every gate, to a result or to a refusal for another reason than rights. */
type Told = 'reached' | 'null' | 'NOT_FOUND' | 'FORBIDDEN' | 'UNAUTHENTICATED' | 'unknown';

let graph: TestGraph;
let callers: Readonly<Record<Exclude<Caller, 'nobody'>, Actor>>;
const ids: Record<string, string> = {};

beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
  const staff = await staffMember(graph);
  const owner = await openShop(graph, staff, 'owner');
  const rival = await openShop(graph, staff, 'rival');
  const buyer = await signUp(graph, 'buyer');
  const goods = await publish(owner, await addCategory(staff));
  const paid = await buy(buyer, [{ variantId: goods.variantIds[0] ?? '', quantity: 4 }], [owner.merchantId]);
  const [order] = paid.orders;
  const group = await buyer.must('query ($id: ID!) { orderGroup(id: $id) { payments { id } } }', { id: paid.id });
  const SHIP = `mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } userErrors { code } } }`;
  const lines = [{ orderLineId: order.lines[0].id, quantity: 1 }];
  const { shipment } = await owner.must(SHIP, { input: { orderId: order.id, carrier: 'SF', trackingNumber: 'SF1', lines, idempotencyKey: key() } });
  const COMPLAIN = `mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id } userErrors { code path } } }`;
  const complaint = { orderId: order.id, type: 'REFUND_ONLY', lines, reason: 'DEFECTIVE', idempotencyKey: key() };
  const { refundRequest } = await buyer.must(COMPLAIN, { input: complaint });
  Object.assign(ids, {
    group: paid.id,
    order: order.id,
    number: order.number,
    line: order.lines[0].id,
    payment: group.payments[0].id,
    shipment: shipment.id,
    refund: refundRequest.id,
    merchant: owner.merchantId,
  });
  const support = await signUp(graph, 'support');
  await staff.must('mutation ($id: ID!) { staffRoleAssign(userId: $id, role: "support") { user { id } userErrors { code } } }', { id: support.userId });
  callers = {
    guest: await guestSession(graph),
    buyer,
    stranger: await signUp(graph, 'stranger'),
    editor: await hire(owner, 'CATALOG_EDITOR'),
    clerk: await hire(owner, 'ORDER_CLERK'),
    finance: await hire(owner, 'FINANCE'),
    owner,
    rival,
    support: await logIn(graph, support.email),
    staff,
  };
});
afterAll(() => graph[Symbol.asyncDispose]());

async function hire(owner: Seller, role: string): Promise<Actor> {
  const member = await signUp(graph, role.toLowerCase().replace('_', '').slice(0, 10));
  const INVITE = 'mutation ($input: MerchantMemberInviteInput!) { merchantMemberInvite(input: $input) { merchant { id } userErrors { code } } }';
  await owner.must(INVITE, { input: { merchantId: owner.merchantId, email: member.email, role } });
  const { merchantInvitations } = await member.must('{ me { merchantInvitations { token } } }');
  await member.must('mutation ($token: String!) { merchantInvitationAccept(token: $token) { merchant { id } userErrors { code } } }', {
    token: merchantInvitations[0].token,
  });
  return logIn(graph, member.email);
}

const told = (reached: readonly Caller[], others: Readonly<Partial<Record<Caller, Told>>>, rest: Told): Record<Caller, Told> =>
  Object.fromEntries(CALLERS.map((caller) => [caller, reached.includes(caller) ? 'reached' : (others[caller] ?? rest)])) as Record<Caller, Told>;

/** A public field that answers about a thing of somebody's. */
const seenBy = (...reached: Caller[]) => told(reached, { nobody: 'UNAUTHENTICATED' }, 'null');
/** A public mutation of somebody's thing. */
const doneBy = (...reached: Caller[]) => told(reached, { nobody: 'UNAUTHENTICATED' }, 'NOT_FOUND');
const PUBLIC_CALLERS = { nobody: 'unknown', guest: 'unknown', buyer: 'unknown', stranger: 'unknown' } as const;
/** A partner's mutation: who lacks the scope is told so, who has it for another merchant finds nothing; administrators may. */
const workedBy = (...reached: Caller[]) => told([...reached, 'staff'], { ...PUBLIC_CALLERS, rival: 'NOT_FOUND' }, 'FORBIDDEN');
/** A field of the platform's own people. */
const internalTo = (...reached: Caller[]) =>
  told(reached, { ...PUBLIC_CALLERS, editor: 'unknown', clerk: 'unknown', finance: 'unknown', owner: 'unknown', rival: 'unknown' }, 'FORBIDDEN');

interface Case {
  readonly field: string;
  readonly type: string;
  readonly arguments: () => string;
  readonly selection: string;
  readonly told: Record<Caller, Told>;
}

const query = (field: string, args: () => string, selection: string, expected: Record<Caller, Told>): Case => ({
  field: `Query.${field}`,
  type: 'query',
  arguments: args,
  selection,
  told: expected,
});
const mutation = (field: string, args: () => string, expected: Record<Caller, Told>, selection = 'userErrors { code }'): Case => ({
  field: `Mutation.${field}`,
  type: 'mutation',
  arguments: args,
  selection,
  told: expected,
});

const quoted = (word: string) => JSON.stringify(ids[word]);
const once = () => `idempotencyKey: "${key()}"`;
const lines = () => `lines: [{ orderLineId: ${quoted('line')}, quantity: 1 }]`;
const RANGE = 'input: { range: { from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }, timeZone: "UTC", currency: "CNY" }';
const EVERYBODY = [...CALLERS];
const READERS = ['buyer', 'clerk', 'finance', 'owner', 'support', 'staff'] as const;
/** Who is asked last has the right: until then nothing may have changed. */
const CASES: readonly Case[] = [
  query('order', () => `id: ${quoted('order')}`, '{ id }', seenBy(...READERS)),
  query('orderByNumber', () => `number: ${quoted('number')}`, '{ id }', seenBy(...READERS)),
  query('orderGroup', () => `id: ${quoted('group')}`, '{ id }', seenBy('buyer', 'support', 'staff')),
  query('guestOrder', () => `number: ${quoted('number')}, accessToken: "guessed"`, '{ id }', seenBy()),
  query('payment', () => `id: ${quoted('payment')}`, '{ id }', seenBy('buyer', 'support', 'staff')),
  query('paymentMethods', () => 'currency: "CNY", countryCode: "CN"', '{ method }', told(EVERYBODY, {}, 'reached')),
  query('refundRequest', () => `id: ${quoted('refund')}`, '{ id }', seenBy('buyer', 'clerk', 'finance', 'owner', 'support', 'staff')),
  query(
    'refundPreview',
    () => `input: { orderId: ${quoted('order')}, ${lines()} }`,
    '{ userErrors { code } }',
    doneBy('buyer', 'clerk', 'finance', 'owner', 'staff'),
  ),
  query('orders', () => 'first: 1', '{ nodes { id } }', internalTo('support', 'staff')),
  query('paymentAnomalies', () => 'first: 1', '{ nodes { id } }', internalTo('staff')),
  query('payouts', () => 'first: 1', '{ nodes { id } }', internalTo('staff')),
  query('platformStatistics', () => RANGE, '{ paidOrders }', internalTo('staff')),

  mutation(
    'checkout',
    () => `input: { cartId: "cart_unknown", cartVersion: 1, expectedTotal: { amount: 1, currency: "CNY" }, email: "a@example.test", ${once()} }`,
    doneBy(),
  ),
  mutation(
    'pay',
    () => `input: { orderGroupId: ${quoted('group')}, method: ALIPAY, expectedAmount: { amount: 1, currency: "CNY" }, ${once()} }`,
    doneBy('buyer'),
  ),
  mutation('paymentSync', () => `paymentId: ${quoted('payment')}`, doneBy('buyer')),
  mutation('orderCancel', () => `input: { orderId: ${quoted('order')}, reason: OTHER, ${once()} }`, doneBy('buyer', 'clerk', 'owner', 'staff')),
  mutation('orderConfirmReceipt', () => `orderId: ${quoted('order')}`, doneBy('buyer')),
  mutation('orderReorder', () => `orderId: ${quoted('order')}`, doneBy('buyer')),
  mutation('invoiceRequest', () => `input: { orderId: ${quoted('order')}, title: "Li Lei", ${once()} }`, doneBy('buyer')),
  mutation('refundRequestCreate', () => `input: { orderId: ${quoted('order')}, type: REFUND_ONLY, reason: OTHER, ${lines()}, ${once()} }`, doneBy('buyer')),
  mutation('refundReturnShipped', () => `input: { id: ${quoted('refund')}, carrier: "SF", trackingNumber: "1" }`, doneBy('buyer')),
  mutation('refundEscalate', () => `input: { id: ${quoted('refund')}, statement: "It broke." }`, doneBy('buyer')),

  mutation('orderAccept', () => `orderId: ${quoted('order')}`, workedBy('clerk', 'owner')),
  mutation('shipmentCreate', () => `input: { orderId: ${quoted('order')}, carrier: "SF", trackingNumber: "2", ${once()} }`, workedBy('clerk', 'owner')),
  mutation(
    'shipmentTrackingUpdate',
    () => `input: { shipmentId: ${quoted('shipment')}, status: IN_TRANSIT, at: "2026-01-01T00:00:00Z", description: "On its way" }`,
    workedBy('clerk', 'owner'),
  ),
  mutation('pickupReady', () => `orderId: ${quoted('order')}`, workedBy('clerk', 'owner')),
  mutation('pickupRedeem', () => `orderId: ${quoted('order')}, code: "00000000"`, workedBy('clerk', 'owner')),
  mutation('refund', () => `input: { orderId: ${quoted('order')}, reason: OTHER, ${lines()}, ${once()} }`, workedBy('finance', 'owner')),
  mutation('refundReturnReceived', () => `id: ${quoted('refund')}`, workedBy('clerk', 'finance', 'owner')),
  mutation('refundReject', () => `input: { id: ${quoted('refund')}, reason: "No.", ${once()} }`, workedBy('clerk', 'finance', 'owner')),
  mutation('refundApprove', () => `input: { id: ${quoted('refund')}, ${once()} }`, workedBy('clerk', 'finance', 'owner')),
  mutation('refundWithdraw', () => `id: ${quoted('refund')}`, doneBy('buyer')),

  mutation('refundArbitrate', () => `input: { id: ${quoted('refund')}, approve: false, reason: "No.", ${once()} }`, internalTo('staff')),
  mutation(
    'paymentAnomalyResolve',
    () => `input: { id: "anomaly_unknown", resolution: WRITTEN_OFF, note: "None.", ${once()} }`,
    told([], { ...internalTo(), staff: 'NOT_FOUND' }, 'FORBIDDEN'),
  ),
  mutation('payoutRun', () => `input: { periodEnd: "2026-01-31", dryRun: true, ${once()} }`, internalTo('staff')),
  mutation('payoutRecord', () => `input: { payoutId: "payout_unknown", outcome: SENT }`, told([], { ...internalTo(), staff: 'NOT_FOUND' }, 'FORBIDDEN')),
  mutation(
    'balanceAdjust',
    () => `input: { merchantId: "merchant_unknown", amount: { amount: 1, currency: "CNY" }, note: "None.", ${once()} }`,
    told([], { ...internalTo(), staff: 'NOT_FOUND' }, 'FORBIDDEN'),
  ),
  mutation(
    'merchantCommissionSet',
    () => `input: { merchantId: "merchant_unknown", rateBps: 1 }`,
    told([], { ...internalTo(), staff: 'NOT_FOUND' }, 'FORBIDDEN'),
  ),
];

function outcomeOf({ data, errors }: Answered): Told {
  const code = errors?.[0]?.extensions['code'];
  if (code === 'GRAPHQL_VALIDATION_FAILED') return 'unknown';
  if (code === 'FORBIDDEN' || code === 'UNAUTHENTICATED') return code;
  if (errors) throw new Error(JSON.stringify(errors));
  const [answer] = Object.values<any>(data ?? {});
  if (answer === null) return 'null';
  return answer.userErrors?.some((error: { code: string }) => error.code === 'NOT_FOUND') ? 'NOT_FOUND' : 'reached';
}

test.each(CASES)('$field', async ({ field, type, arguments: args, selection, told: expected }) => {
  const body = selection.startsWith('{') ? selection : `{ ${selection} }`;
  const operation = () => `${type} { answer: ${field.split('.')[1]}(${args()}) ${body} }`;
  const heard: Partial<Record<Caller, Told>> = {};
  const inTurn = [...CALLERS].sort((a, b) => Number(expected[a] === 'reached') - Number(expected[b] === 'reached'));
  for (const caller of inTurn) heard[caller] = outcomeOf(await (caller === 'nobody' ? graph.query(operation()) : callers[caller].ask(operation())));
  expect(heard).toEqual(expected);
});

/** Field of the merchant → those of the team, and of the platform, who see it. */
const OF_THE_MERCHANT: readonly (readonly [string, readonly Caller[]])[] = [
  ['orders(first: 1) { nodes { id } }', ['clerk', 'finance', 'owner', 'staff']],
  ['refundRequests(first: 1) { nodes { id } }', ['clerk', 'finance', 'owner', 'staff']],
  [`statistics(${RANGE}) { paidOrders }`, ['finance', 'owner', 'staff']],
  ['balances { currency }', ['finance', 'owner', 'staff']],
  ['payouts(first: 1) { nodes { id } }', ['finance', 'owner', 'staff']],
  ['payoutEligibility { eligible }', ['finance', 'owner', 'staff']],
];

test.each(OF_THE_MERCHANT)('merchant { %s }: the rest of the answer does not suffer', async (field, seers) => {
  const heard: Partial<Record<Caller, string>> = {};
  for (const caller of ['editor', 'clerk', 'finance', 'owner', 'rival', 'staff'] as const) {
    const { data, errors } = await callers[caller].ask(`query ($id: ID!) { merchant(id: $id) { name field: ${field} } }`, { id: ids['merchant'] });
    expect(data?.merchant.name).toBeTruthy();
    for (const { path, extensions } of errors ?? []) {
      expect(extensions['code']).toBe('FORBIDDEN');
      // What the field requires of another subgraph, and the caller did not ask for, has its parent's path.
      expect([['merchant', 'field'], ['merchant']]).toContainEqual(path);
    }
    heard[caller] = data?.merchant.field ? 'seen' : 'nothing';
  }
  expect(heard).toEqual(Object.fromEntries(Object.keys(heard).map((caller) => [caller, seers.includes(caller as Caller) ? 'seen' : 'nothing'])));
});

test('every root field of the subgraph stands in the table', () => {
  const supergraph = readFileSync(`${import.meta.dirname}/../schema/supergraph.graphql`, 'utf8');
  const fields = ['Query', 'Mutation'].flatMap((name) => {
    const body = new RegExp(`^type ${name}\\b[^{]*\\{(.*?)^\\}`, 'ms').exec(supergraph)?.[1] ?? '';
    const own = body.split('\n').filter((line) => line.includes('graph: ORDER_PAYMENT') && !line.includes('@inaccessible'));
    return own.map((line) => `${name}.${/\w+/.exec(line)?.[0]}`);
  });
  expect(CASES.map(({ field }) => field).sort()).toEqual(fields.filter((field) => !/\.(node|nodes)$/.test(field)).sort());
});
