import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { newId } from '#platform/entity.ts';
import { transaction } from '#platform/transaction.ts';
import { buyer } from '../../test/subgraphs.ts';
import { sweep } from './checkout/intents.ts';
import { checkout } from './checkout/service.ts';
import type { Context } from './context.ts';
import { dropReservation, expireGroup, markGroupPaid, reserveAgain } from './orders/groups.ts';
import { key, type Shop, type ShopMerchant, startShop } from './shop.fixture.ts';

const CHECKOUT = 'mutation ($input: CheckoutInput!) { checkout(input: $input) { orderGroup { id status orders { id status } } userErrors { code message } } }';
const SETTINGS = { SWEEP_AFTER_SECONDS: '1', ORDER_EXPIRY_SECONDS: '1', JOBS_POLL_SECONDS: '60' };

let shop: Shop;
let tea: ShopMerchant;
let coupon: { id: string; code: string };

beforeAll(async () => {
  shop = await startShop(SETTINGS);
  tea = await shop.openMerchant();
  coupon = await shop.addCoupon(tea);
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const context = () => shop.running('order-payment').runtime.systemContext() as Context;
const collection = (name: string) => shop.running('order-payment').runtime.database.collection<{ _id: string; status: string }>(name);
const stateOfCart = async (id: string) =>
  (await shop.running('cart').runtime.database.collection<{ _id: string; state: string }>('cart').findOne({ _id: id }))?.state;
const statusOf = async (groupId: string) => (await collection('order-group').findOne({ _id: groupId }))?.status;

async function prepare(stock = 3) {
  const who = buyer();
  const variantId = await shop.addVariant(tea, { stock });
  const cart = await shop.fillCart(who, [{ variantId, quantity: 1 }], [tea], [coupon.code]);
  const input = { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.total, idempotencyKey: key() };
  return { who, variantId, cart, input };
}

async function placed(stock = 3) {
  const { who, variantId, input } = await prepare(stock);
  const { orderGroup } = await shop.must('order-payment', CHECKOUT, { input }, who);
  return { who, variantId, groupId: orderGroup.id as string };
}

/** Checks out in another process, which kills itself after the step. */
async function crashAfter(step: string, identity: Identity, input: object): Promise<NodeJS.Signals | null> {
  const env = { ...process.env, ...SETTINGS, LOG_LEVEL: 'error', BCRYPT_COST: '4', DATABASE_PREFIX: shop.config.DATABASE_PREFIX, CRASH_AFTER: step };
  const checkout = JSON.stringify({ identity, input, mongoUri: inject('mongoUri') });
  const child = spawn(process.execPath, [`${import.meta.dirname}/crash.fixture.ts`], {
    env: { ...env, CHECKOUT: checkout },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

/** Both passes of the sweeper, each when it is due. */
async function sweepTwice(): Promise<void> {
  for (let pass = 0; pass < 2; pass++) {
    await sleep(1_100);
    await shop.settle();
  }
}

describe('a process that dies in the middle of a checkout', () => {
  const STEPS = ['intent', 'lock', 'quote', 'reserve', 'coupon', 'order', 'complete'] as const;
  type Begun = Awaited<ReturnType<typeof prepare>>;
  const begun = new Map<string, Begun>();
  const begunAt = (step: string): Begun => begun.get(step) ?? expect.fail(`nothing was begun for ${step}`);

  beforeAll(async () => {
    for (const step of STEPS) begun.set(step, await prepare());
    const signals = await Promise.all(STEPS.map((step) => crashAfter(step, begunAt(step).who, begunAt(step).input)));
    expect(signals).toEqual(STEPS.map(() => 'SIGKILL'));
    for (const step of ['intent', 'lock', 'quote', 'reserve', 'coupon'])
      expect(await collection('order-group').countDocuments({ cartId: begunAt(step).cart.id, status: 'PREPARING' } as object)).toBe(1);
    for (const step of ['order', 'complete']) {
      const again = await shop.must('order-payment', CHECKOUT, { input: begunAt(step).input }, begunAt(step).who);
      expect(again).toMatchObject({ orderGroup: { status: 'PENDING_PAYMENT', orders: [{ status: 'PENDING_PAYMENT' }] }, userErrors: [] });
      expect(await shop.levelOf(begunAt(step).variantId)).toEqual({ onHand: 3, available: 2, reserved: 1 });
    }
    expect((await shop.usesOf(coupon.id)).counted).toBe(['coupon', 'order', 'complete'].length);
    await sweepTwice();
  });

  test('holds no use of its coupon in the end: it was swept, or has expired with its order', async () => {
    expect(await shop.usesOf(coupon.id)).toEqual({ counted: 0, held: [], givenBack: [expect.any(String), expect.any(String), expect.any(String)] });
  });

  test.each(['intent', 'lock', 'quote', 'reserve', 'coupon'])('after "%s" leaves nothing, once swept', async (step) => {
    const { who, variantId, cart, input } = begunAt(step);
    expect(await collection('order-group').countDocuments({ cartId: cart.id } as object)).toBe(0);
    expect(await collection('order').countDocuments({ 'lines.variantId': variantId } as object)).toBe(0);
    expect(await stateOfCart(cart.id)).toBe('ACTIVE');
    expect(await shop.levelOf(variantId)).toEqual({ onHand: 3, available: 3, reserved: 0 });
    const { orderGroup } = await shop.must('order-payment', CHECKOUT, { input: { ...input, idempotencyKey: key() } }, who);
    expect(orderGroup).not.toBeNull();
  });

  test.each(['order', 'complete'])('after "%s" has placed the order, and the cart is closed once swept', async (step) => {
    expect(await stateOfCart(begunAt(step).cart.id)).toBe('ORDERED');
    expect(await collection('order').countDocuments({ 'lines.variantId': begunAt(step).variantId } as object)).toBe(1);
  });
});

describe('a repetition of a killed checkout', () => {
  test('goes through as soon as its claim is free, and takes over what was held', async () => {
    const { who, variantId, input } = await prepare();
    expect(await crashAfter('coupon', who, input)).toBe('SIGKILL');
    const claims = shop.running('order-payment').runtime.database.collection<{ _id: string }>('idempotency_keys');
    await claims.updateOne({ _id: `user:${who.subject}|checkout|${input.idempotencyKey}` }, { $set: { leaseUntil: new Date(0) } });
    const answers = await Promise.all([1, 2].map(() => shop.must('order-payment', CHECKOUT, { input }, who)));
    expect(answers[0]).toMatchObject({ orderGroup: { status: 'PENDING_PAYMENT' }, userErrors: [] });
    expect(answers[1]).toEqual(answers[0]);
    expect(await shop.levelOf(variantId)).toEqual({ onHand: 3, available: 2, reserved: 1 });
  });
});

describe('a checkout that is swept while it is under way', () => {
  /** The buyer's own context; somebody comes in between before a sibling is asked. */
  const contextOf = (who: Identity, before: (query: string, variables: any) => Promise<void>): Context => ({
    ...context(),
    identity: who,
    siblings: {
      ask: async (subgraph, query, variables) => {
        await before(query, variables);
        return (await shop.ask(subgraph, query, variables, { identity: who, caller: 'order-payment' })).data;
      },
    },
  });

  test.each(['CartLock', 'StockReserve'])('before its %s is told to try again, and the same key goes through', async (question) => {
    const { who, variantId, input } = await prepare();
    const slow = contextOf(who, async (query, variables) => {
      if (query.includes(`mutation ${question}(`)) await sweep(context(), { subjectId: variables.input.groupId });
    });
    await expect(checkout(slow, input)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await shop.levelOf(variantId)).toEqual({ onHand: 3, available: 3, reserved: 0 });
    const again = await shop.must('order-payment', CHECKOUT, { input }, who);
    expect(again).toMatchObject({ orderGroup: { status: 'PENDING_PAYMENT' }, userErrors: [] });
    expect(await shop.levelOf(variantId)).toEqual({ onHand: 3, available: 2, reserved: 1 });
  });
});

describe('sweepers', () => {
  test('ten at once release what was held once, and a placed group not at all', async () => {
    const { who, variantId, cart, input } = await prepare();
    expect(await crashAfter('coupon', who, input)).toBe('SIGKILL');
    const left = await collection('order-group').findOne({ cartId: cart.id } as object);
    await Promise.all(Array.from({ length: 10 }, () => sweep(context(), { subjectId: left?._id ?? '' })));
    expect(await shop.levelOf(variantId)).toEqual({ onHand: 3, available: 3, reserved: 0 });
    expect(await stateOfCart(cart.id)).toBe('ACTIVE');

    const { variantId: sold, groupId } = await placed();
    await Promise.all(Array.from({ length: 10 }, () => sweep(context(), { subjectId: groupId })));
    expect((await shop.levelOf(sold)).reserved).toBe(1);
    expect(await statusOf(groupId)).toBe('PENDING_PAYMENT');
  });
});

describe('expiry', () => {
  test('does nothing before its time', async () => {
    const { groupId } = await placed();
    expect(await expireGroup(context(), groupId)).toBe(false);
    expect(await statusOf(groupId)).toBe('PENDING_PAYMENT');
  });

  test('gives the stock back once, however many processes see it due', async () => {
    const { groupId, variantId } = await placed();
    await sleep(1_100);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => expireGroup(context(), groupId)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    await shop.settle();
    expect(await shop.levelOf(variantId)).toEqual({ onHand: 3, available: 3, reserved: 0 });
    expect(await collection('outbox').countDocuments({ topic: 'order.expired', 'data.groupId': groupId } as object)).toBe(1);
  });

  test('and payment in the same moment: one of them wins, and the stock says which', async () => {
    const groups = await Promise.all(Array.from({ length: 6 }, () => placed()));
    await sleep(1_100);
    for (const { groupId, variantId } of groups) {
      const [, paid] = await Promise.all([expireGroup(context(), groupId), pay(groupId)]);
      const status = await statusOf(groupId);
      expect(status).toBe(paid === 'PAID' ? 'PAID' : 'EXPIRED');
      expect((await shop.levelOf(variantId)).reserved).toBe(status === 'PAID' ? 1 : 0);
      expect(await collection('order').countDocuments({ groupId, status } as object)).toBe(1);
    }
  });

  test('is undone by late money where the goods can be had again', async () => {
    const { groupId, variantId } = await placed();
    await sleep(1_100);
    await expireGroup(context(), groupId);
    expect(await pay(groupId)).toBe('EXPIRED');
    const paymentId = newId('pay');
    // The same notification twice at once: the goods are taken once, and the second does not give them back.
    const outcomes = await Promise.all([revive(groupId, paymentId), revive(groupId, paymentId)]);
    expect(outcomes.sort()).toEqual(['ALREADY_PAID', 'PAID']);
    expect(await shop.levelOf(variantId)).toEqual({ onHand: 3, available: 2, reserved: 1 });
  });

  test('stands where they are gone', async () => {
    const { groupId, variantId } = await placed(1);
    await sleep(1_100);
    await expireGroup(context(), groupId);
    const rival = buyer();
    const basket = await shop.fillCart(rival, [{ variantId, quantity: 1 }], [tea]);
    await shop.must(
      'order-payment',
      CHECKOUT,
      { input: { cartId: basket.id, cartVersion: basket.version, expectedTotal: basket.total, idempotencyKey: key() } },
      rival,
    );
    expect(await reserveAgain(context(), groupId, newId('pay'))).toBeNull();
    expect(await statusOf(groupId)).toBe('EXPIRED');
  });
});

const pay = (groupId: string) =>
  transaction(context().em, (tx) => markGroupPaid(tx, { groupId, paymentId: newId('pay'), method: 'ALIPAY', paidAt: new Date() }));

async function revive(groupId: string, paymentId: string) {
  const reservationId = await reserveAgain(context(), groupId, paymentId);
  if (reservationId === null) return 'GONE';
  const outcome = await transaction(context().em, (tx) => markGroupPaid(tx, { groupId, paymentId, method: 'ALIPAY', paidAt: new Date(), reservationId }));
  if (outcome !== 'PAID') await dropReservation(context(), groupId, reservationId);
  return outcome;
}
