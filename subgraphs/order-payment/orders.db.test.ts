import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { Identity } from '#platform/identity.ts';
import { rawCollection } from '#platform/rows.ts';
import { transaction } from '#platform/transaction.ts';
import { buyer, guest, member, staff } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { Order } from './orders/entities.ts';
import { markGroupPaid } from './orders/groups.ts';
import { key, type Shop, type ShopMerchant, startShop } from './shop.fixture.ts';

const CHECKOUT =
  'mutation ($input: CheckoutInput!) { checkout(input: $input) { guestAccessToken orderGroup { id orders { id number merchant { id } lines { id } } } userErrors { code message } } }';

let shop: Shop;
let tea: ShopMerchant;
let cups: ShopMerchant;
let leaf: string;
let cup: string;

beforeAll(async () => {
  shop = await startShop();
  [tea, cups] = [await shop.openMerchant(), await shop.openMerchant()];
  [leaf, cup] = [await shop.addVariant(tea, { stock: 1000 }), await shop.addVariant(cups, { stock: 1000 })];
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const context = () => shop.running('order-payment').runtime.systemContext() as Context;
const ask = (query: string, variables: object, identity?: Identity) => shop.must('order-payment', query, variables, identity);
const pay = (groupId: string) =>
  transaction(context().em, (tx) => markGroupPaid(tx, { groupId, paymentId: newId('pay'), method: 'ALIPAY', paidAt: new Date() }));

interface Bought {
  readonly groupId: string;
  readonly guestAccessToken: string;
  readonly tea: { readonly id: string; readonly number: string; readonly lineId: string };
}

/** Tea of one merchant and, unless told otherwise, a cup of another. */
async function buy(who: Identity, { paid = false, cups: withCups = true } = {}): Promise<Bought> {
  const lines = [leaf, ...(withCups ? [cup] : [])].map((variantId) => ({ variantId, quantity: 2 }));
  const cart = await shop.fillCart(who, lines, withCups ? [tea, cups] : [tea]);
  const email = who.kind === 'guest' ? { email: 'guest@example.test' } : {};
  const input = { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.total, idempotencyKey: key(), ...email };
  const { orderGroup, guestAccessToken, userErrors } = await ask(CHECKOUT, { input }, who);
  expect(userErrors).toEqual([]);
  if (paid) expect(await pay(orderGroup.id)).toBe('PAID');
  const order = orderGroup.orders.find(({ merchant }: any) => merchant.id === tea.merchantId);
  return { groupId: orderGroup.id, guestAccessToken, tea: { id: order.id, number: order.number, lineId: order.lines[0].id } };
}

const entity = async (representation: object, fields: string, identity: Identity) =>
  (
    await ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${(representation as any).__typename} { ${fields} } } }`,
      { of: [representation] },
      identity,
    )
  )[0];

describe('who sees an order', () => {
  test('its buyer, members of its merchant with the scope, and staff; by every path', async () => {
    const who = buyer();
    const { tea: order, groupId } = await buy(who);
    const clerk = member(tea.merchantId, ['orders:read']);
    const may = [who, clerk, staff('orders:read_all')];
    const mayNot = [buyer(), guest(), member(cups.merchantId, ['orders:read']), member(tea.merchantId, ['catalog:write']), staff('users:read')];
    const paths: [string, (identity: Identity) => Promise<unknown>][] = [
      ['order', (identity) => ask('query ($id: ID!) { order(id: $id) { id } }', { id: order.id }, identity)],
      [
        'orderByNumber',
        (identity) => ask('query ($number: String!) { orderByNumber(number: $number) { id } }', { number: ` ${order.number.toLowerCase()}` }, identity),
      ],
      ['Order by id', (identity) => entity({ __typename: 'Order', id: order.id }, 'id', identity)],
      ['Order by number', (identity) => entity({ __typename: 'Order', number: order.number }, 'id', identity)],
      ['OrderLine', (identity) => entity({ __typename: 'OrderLine', id: order.lineId }, 'order { id }', identity)],
    ];
    for (const [path, find] of paths) {
      for (const identity of may) expect(await find(identity), path).not.toBeNull();
      for (const identity of mayNot) expect(await find(identity), path).toBeNull();
    }
    const group = (identity: Identity) => ask('query ($id: ID!) { orderGroup(id: $id) { id } }', { id: groupId }, identity);
    expect(await group(who)).toEqual({ id: groupId });
    expect(await group(clerk)).toBeNull();
  });

  test('a merchant sees its own part of a purchase only', async () => {
    const { tea: order } = await buy(buyer());
    const GROUP =
      'query ($id: ID!) { order(id: $id) { totals { total { amount } } group { orders { id } totals { total { amount } } amountDue { amount } } } }';
    const seen = await ask(GROUP, { id: order.id }, tea.owner);
    expect(seen.group).toEqual({ orders: [{ id: order.id }], totals: seen.totals, amountDue: seen.totals.total });
  });
});

describe('a guest', () => {
  test('reads an order elsewhere with number and secret, and is stopped from guessing', async () => {
    const { tea: order, guestAccessToken } = await buy(guest());
    const { tea: other } = await buy(guest());
    const FIND = 'query ($number: String!, $accessToken: String!) { guestOrder(number: $number, accessToken: $accessToken) { id allowedActions } }';
    const elsewhere = guest();
    expect(await ask(FIND, { number: order.number, accessToken: guestAccessToken }, elsewhere)).toEqual({ id: order.id, allowedActions: [] });
    expect(await ask(FIND, { number: other.number, accessToken: guestAccessToken }, elsewhere)).toBeNull();
    for (let attempt = 0; attempt < 10; attempt++) expect(await ask(FIND, { number: order.number, accessToken: `guess-${attempt}` }, elsewhere)).toBeNull();
    const { errors } = await shop.ask('order-payment', FIND, { number: order.number, accessToken: guestAccessToken }, { identity: elsewhere });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED' });
    const stored = await shop.running('order-payment').runtime.database.collection<{ _id: string }>('order').findOne({ _id: order.id });
    expect(JSON.stringify(stored)).not.toContain(guestAccessToken);
  });

  test('who signs in takes the orders along, once', async () => {
    const session = guest();
    const user = buyer();
    const { tea: order, groupId } = await buy(session, { paid: true });
    const ADOPT = 'mutation ($input: GuestOrdersAdoptInput!) { guestOrdersAdopt(input: $input) { done } }';
    const input = { guestSessionId: session.subject, userId: user.subject };
    expect((await shop.ask('order-payment', ADOPT, { input }, { identity: user })).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    for (let round = 0; round < 2; round++) {
      const { data } = await shop.ask('order-payment', ADOPT, { input }, { identity: user, caller: 'user' });
      expect(data).toEqual({ guestOrdersAdopt: { done: true } });
    }
    expect(await ask('query ($id: ID!) { orderGroup(id: $id) { buyer { id } } }', { id: groupId }, user)).toEqual({ buyer: { id: user.subject } });
    const { version, timeline } = await ask('query ($id: ID!) { order(id: $id) { version timeline { type } } }', { id: order.id }, user);
    expect(version).toBe(3);
    expect(timeline.map(({ type }: any) => type)).toEqual(['PLACED', 'PAID', 'ADOPTED']);
    expect(await ask('query ($id: ID!) { order(id: $id) { id } }', { id: order.id }, session)).toBeNull();
  });
});

describe('the way of an order', () => {
  const ACCEPT =
    'mutation ($id: ID!) { orderAccept(orderId: $id) { order { status version } userErrors { __typename code path ... on InvalidStateError { currentState allowedStates } } } }';
  const CONFIRM =
    'mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { order { status completedAt fulfilmentStatus timeline { type actor } } userErrors { __typename code ... on InvalidStateError { currentState } } } }';

  test('is accepted once it is paid, by its merchant, once however often', async () => {
    const { tea: order, groupId } = await buy(buyer());
    expect(await ask(ACCEPT, { id: order.id }, tea.owner)).toMatchObject({
      userErrors: [{ __typename: 'InvalidStateError', currentState: 'PENDING_PAYMENT', allowedStates: ['PAID'], path: ['orderId'] }],
    });
    await pay(groupId);
    expect(await ask(ACCEPT, { id: order.id }, cups.owner)).toMatchObject({ order: null, userErrors: [{ code: 'NOT_FOUND' }] });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(ACCEPT, { id: order.id }, tea.owner)));
    for (const answer of answers) expect(answer).toEqual({ order: { status: 'PROCESSING', version: 3 }, userErrors: [] });
    const told = await shop.running('order-payment').runtime.database.collection('outbox').countDocuments({ topic: 'order.accepted', subjectId: order.id });
    expect(told).toBe(1);
  });

  test('ends when its buyer confirms, through DELIVERED, in one write', async () => {
    const who = buyer();
    const { tea: order } = await buy(who, { paid: true });
    expect(await ask(CONFIRM, { id: order.id }, who)).toMatchObject({ userErrors: [{ __typename: 'InvalidStateError', currentState: 'PAID' }] });
    await rawCollection(context().em, Order).updateOne({ _id: order.id }, { $set: { status: 'SHIPPED', fulfilmentStatus: 'SHIPPED' } });
    expect(await ask(CONFIRM, { id: order.id }, tea.owner)).toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] });
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(CONFIRM, { id: order.id }, who)));
    for (const { order: confirmed, userErrors } of answers) {
      expect(userErrors).toEqual([]);
      expect(confirmed).toMatchObject({ status: 'COMPLETED', fulfilmentStatus: 'DELIVERED' });
      expect(confirmed.timeline.slice(-2)).toEqual([
        { type: 'DELIVERED', actor: 'BUYER' },
        { type: 'COMPLETED', actor: 'BUYER' },
      ]);
    }
    const events = await shop.running('order-payment').runtime.database.collection('outbox').find({ subjectId: order.id }).sort({ sequence: 1 }).toArray();
    expect(events.map(({ topic, sequence }) => [topic, sequence])).toEqual([
      ['order.placed', 1],
      ['order.paid', 2],
      ['order.delivered', 3],
      ['order.completed', 4],
    ]);
  });

  test('is paid once, however many notifications arrive', async () => {
    const { groupId } = await buy(buyer());
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => pay(groupId)));
    expect(outcomes.filter((outcome) => outcome === 'PAID')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'ALREADY_PAID')).toHaveLength(11);
    expect(await shop.running('order-payment').runtime.database.collection('outbox').countDocuments({ topic: 'order.paid', 'data.groupId': groupId })).toBe(2);
  });
});

describe('lists', () => {
  const LIST = `query ($of: [_Any!]!, $filter: OrderFilter, $sort: OrderSort, $first: Int, $after: String) { _entities(representations: $of) {
    ... on User { orders(filter: $filter, sort: $sort, first: $first, after: $after) { totalCount nodes { id number status totals { total { amount } } lines { id snapshot { title } } group { id status } } pageInfo { hasNextPage endCursor } } }
    ... on Merchant { orders(filter: $filter, sort: $sort, first: $first, after: $after) { totalCount nodes { id status } pageInfo { hasNextPage endCursor } } }
  } }`;
  const listOf = async (owner: object, identity: Identity, args: object = {}) => (await ask(LIST, { of: [owner], ...args }, identity))[0]?.orders;

  test("page through the buyer's orders without gap or repetition, in every order", async () => {
    const who = buyer();
    for (let index = 0; index < 4; index++) await buy(who, { cups: index % 2 === 0, paid: index === 0 });
    const owner = { __typename: 'User', id: who.subject };
    for (const sort of ['PLACED_DESC', 'PLACED_ASC', 'UPDATED_DESC', 'TOTAL_DESC']) {
      const whole = await listOf(owner, who, { sort, first: 50 });
      expect(whole.totalCount).toBe(6);
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const page: any = await listOf(owner, who, { sort, first: 2, after });
        seen.push(...page.nodes.map(({ id }: any) => id));
        ({ endCursor: after, hasNextPage: more } = page.pageInfo);
      }
      expect(seen).toEqual(whole.nodes.map(({ id }: any) => id));
      expect(new Set(seen).size).toBe(6);
    }
    expect((await listOf(owner, who, { filter: { status: ['PAID'] } })).totalCount).toBe(2);
    const [first] = (await listOf(owner, who)).nodes;
    expect((await listOf(owner, who, { filter: { numberPrefix: first.number.slice(0, 12).toLowerCase() } })).nodes.map(({ id }: any) => id)).toContain(
      first.id,
    );
    expect(await listOf(owner, buyer())).toBeNull();
  });

  test('of several merchants are one command, and each sees its own', async () => {
    const both: Identity = { ...tea.owner, memberships: [...tea.owner.memberships, ...cups.owner.memberships] };
    await buy(buyer());
    shop.fetches.length = 0;
    const [ofTea, ofCups] = await ask(
      LIST.replace(/totalCount /g, ''),
      { of: [tea, cups].map(({ merchantId }) => ({ __typename: 'Merchant', id: merchantId })), first: 3 },
      both,
    );
    expect(shop.fetches.map(({ commands }) => commands)).toEqual([1]);
    expect(ofTea.orders.nodes).toHaveLength(3);
    expect(ofCups.orders.nodes.length).toBeGreaterThan(0);
    const ids = new Set([...ofTea.orders.nodes, ...ofCups.orders.nodes].map(({ id }: any) => id));
    expect(ids.size).toBe(ofTea.orders.nodes.length + ofCups.orders.nodes.length);
    expect(await listOf({ __typename: 'Merchant', id: cups.merchantId }, tea.owner)).toBeNull();
  });

  test('of one and of fifty take the same commands', async () => {
    const who = buyer();
    const owner = { __typename: 'User', id: who.subject };
    const counts = async () => {
      shop.fetches.length = 0;
      await listOf(owner, who, { first: 50 });
      return shop.fetches.map(({ commands }) => commands);
    };
    await buy(who, { cups: false, paid: true });
    const one = await counts();
    const [document] = await rawCollection(context().em, Order).find({ buyerId: who.subject }).toArray();
    const copies = Array.from({ length: 49 }, (_, index) => ({
      ...document,
      _id: newId('order'),
      groupId: newId('group'),
      number: `20200101-COPY${String(index).padStart(4, '0')}`,
      lines: [],
    }));
    const groups = copies.map(({ groupId }) => ({
      _id: groupId,
      cartId: newId('cart'),
      status: 'PAID',
      placedAt: new Date(),
      buyerId: who.subject,
      totals: document?.['totals'],
      currency: 'CNY',
    }));
    await rawCollection(context().em, Order).insertMany(copies);
    await shop.running('order-payment').runtime.database.collection<{ _id: string }>('order-group').insertMany(groups);
    expect(await counts()).toEqual(one);
    expect(one[0]).toBeLessThanOrEqual(4);
  });

  test.each([
    [{ first: 0 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ after: 'garbage' }, 'after'],
    [{ filter: { numberPrefix: '$' } }, 'filter.numberPrefix'],
  ])('refuse %j', async (args, argument) => {
    const who = buyer();
    const { errors } = await shop.ask('order-payment', LIST, { of: [{ __typename: 'User', id: who.subject }], ...args }, { identity: who });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });

  test('of everybody are for staff', async () => {
    const ALL = 'query { orders(first: 5, sort: TOTAL_DESC) { nodes { id } } }';
    expect((await ask(ALL, {}, staff('orders:read_all'))).nodes).toHaveLength(5);
    const { errors } = await shop.ask('order-payment', ALL, {}, { identity: buyer() });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });
});
