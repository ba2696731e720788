import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import { buyer, guest, SYSTEM } from '../../../test/subgraphs.ts';
import { ADDRESS, CART, type CartShop, ERRORS, type Goods, type Seller, startCartShop } from '../cart.fixture.ts';

let shop: CartShop;
let tea: Seller;
let pot: Goods;
let cup: Goods;
beforeAll(async () => {
  shop = await startCartShop();
  tea = await shop.seller();
  [pot, cup] = [await tea.sell({ stock: 6 }), await tea.sell()];
});
afterAll(() => shop[Symbol.asyncDispose]());

const MERGE = `mutation($input: CartMergeInput!) { cartMerge(input: $input) { cart { ${CART} } ${ERRORS} } }`;
const mergeAs = async (identity: ReturnType<typeof buyer>, guestToken: string, strategy = 'MAX') =>
  (await shop.ask('cart', MERGE, { input: { guestToken, strategy } }, { identity })).data.cartMerge;
const atLogin = (guestSessionId: string | null, userId: string | null, strategy = 'MAX') =>
  shop.ask(
    'cart',
    'mutation($input: GuestCartMergeInput!) { guestCartMerge(input: $input) { done } }',
    { input: { guestSessionId, userId, strategy } },
    { caller: 'user' },
  );
const quantitiesOf = (cart: any) => Object.fromEntries(cart.lines.nodes.map((line: any) => [line.variant.id, line.quantity]));

async function guestAndUser() {
  const visitor = guest();
  const identity = buyer();
  await shop.as(visitor).put(pot, 5);
  await shop.as(visitor).put(cup, 1);
  return { visitor, identity, token: await shop.guestTokenOf(visitor) };
}

describe('merging a guest cart at login', () => {
  test('an account without a cart takes the guest’s over', async () => {
    const { visitor, identity, token } = await guestAndUser();
    const before = await shop.as(visitor).read();
    const { cart, userErrors } = await mergeAs(identity, token);
    expect(userErrors).toEqual([]);
    expect(cart).toMatchObject({ id: before.id, owner: { id: identity.subject }, expiresAt: null, totalQuantity: 6 });
    expect(await shop.as(visitor).read()).toBeNull();
  });

  test.each([
    ['MAX', 5],
    ['SUM', 6],
    ['KEEP_USER', 2],
    ['KEEP_GUEST', 5],
  ])('%s', async (strategy, pots) => {
    const { identity, token } = await guestAndUser();
    await shop.as(identity).put(pot, 2);
    const { cart } = await mergeAs(identity, token, strategy);
    expect(quantitiesOf(cart)).toEqual({ [pot.variantId]: pots, ...(strategy !== 'KEEP_USER' && { [cup.variantId]: 1 }) });
    const lowered = cart.issues.filter(({ code }: any) => code === 'QUANTITY_REDUCED');
    expect(lowered).toMatchObject(strategy === 'SUM' ? [{ requested: 7, available: 6, blocking: false }] : []);
  });

  test('once per guest session, whoever asks, however often and at once', async () => {
    const { visitor, identity, token } = await guestAndUser();
    await shop.as(identity).put(pot, 1);
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => mergeAs(identity, token, 'SUM')),
      ...Array.from({ length: 5 }, () => atLogin(visitor.subject, identity.subject, 'SUM')),
    ]);
    expect(answers.flatMap((answer: any) => answer.errors ?? [])).toEqual([]);
    const cart = await shop.as(identity).read();
    expect(quantitiesOf(cart)).toEqual({ [pot.variantId]: 6, [cup.variantId]: 1 });
    expect((await mergeAs(identity, token, 'SUM')).cart).toEqual(cart);
    expect(await shop.as(visitor).read()).toBeNull();
  });

  test('a first addition of the account at the same moment is not lost', async () => {
    for (let round = 0; round < 5; round++) {
      const { visitor, identity } = await guestAndUser();
      await Promise.all([atLogin(visitor.subject, identity.subject), shop.as(identity).put(await tea.sell(), 1)]);
      expect((await shop.as(identity).read()).totalQuantity).toBe(7);
    }
  });

  test('an addition of the guest at the same moment is in one of the two carts', async () => {
    for (let round = 0; round < 5; round++) {
      const { visitor, identity } = await guestAndUser();
      await shop.as(identity).put(pot, 1);
      const extra = await tea.sell();
      await Promise.all([atLogin(visitor.subject, identity.subject), shop.as(visitor).put(extra, 1)]);
      const carts = [await shop.as(identity).read(), await shop.as(visitor).read()].filter(Boolean);
      expect(carts.flatMap((cart) => cart.lines.nodes).filter((line) => line.variant.id === extra.variantId).length).toBe(1);
    }
  });

  test('goods that died in the guest’s cart come along as issues', async () => {
    const visitor = guest();
    const identity = buyer();
    const dead = await tea.sell();
    await shop.as(visitor).put(dead);
    await shop.as(identity).put(cup);
    await shop.ask('product', 'mutation($id: ID!) { productUnpublish(id: $id) { userErrors { code } } }', { id: dead.productId }, { identity: tea.identity });
    const { cart } = await mergeAs(identity, await shop.guestTokenOf(visitor));
    expect(cart.lines.nodes.length).toBe(2);
    expect(cart.issues).toContainEqual(expect.objectContaining({ code: 'PRODUCT_UNAVAILABLE', lineId: cart.lines.nodes[1].id }));
  });

  test('a session without a cart may be merged later', async () => {
    const visitor = guest();
    const identity = buyer();
    expect((await atLogin(visitor.subject, identity.subject)).data.guestCartMerge).toEqual({ done: true });
    await shop.as(visitor).put(cup);
    await atLogin(visitor.subject, identity.subject);
    expect((await shop.as(identity).read()).totalQuantity).toBe(1);
  });

  test('waits while a checkout holds the cart', async () => {
    const { visitor, identity, token } = await guestAndUser();
    const { cart } = await shop.as(visitor).deliver({ merchantId: tea.merchantId, address: ADDRESS });
    const groupId = newId('group');
    const asGuest = (query: string, input: object) => shop.ask('cart', query, { input }, { identity: visitor, caller: 'order-payment' });
    await asGuest('mutation($input: CartLockInput!) { cartLock(input: $input) { refusal { code } } }', {
      cartId: cart.id,
      expectedVersion: cart.version,
      groupId,
    });
    expect((await mergeAs(identity, token)).userErrors).toMatchObject([{ __typename: 'InvalidStateError', currentState: 'CHECKING_OUT' }]);
    expect((await atLogin(visitor.subject, identity.subject)).errors?.[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await asGuest('mutation($input: CartUnlockInput!) { cartUnlock(input: $input) { done } }', { cartId: cart.id, groupId });
    expect((await mergeAs(identity, token)).cart).toMatchObject({ id: cart.id, totalQuantity: 6 });
  });

  test('the event of a login does the same, and may come twice', async () => {
    const { visitor, identity } = await guestAndUser();
    const event = {
      _id: newId('event'),
      topic: 'guest.signed_in',
      subjectId: String(visitor.subject),
      sequence: 1,
      at: new Date(),
      data: { guestSessionId: visitor.subject, userId: identity.subject },
    };
    await shop.running('cart').consume(event);
    await shop.running('cart').consume(event);
    expect((await shop.as(identity).read()).totalQuantity).toBe(6);
  });

  test('a token that is none, or none of a guest, is refused; so is a guest, and a client of the inner question', async () => {
    const identity = buyer();
    expect(await mergeAs(identity, 'nonsense')).toMatchObject({ userErrors: [{ __typename: 'ValidationError', path: ['input', 'guestToken'] }] });
    const asGuest = await shop.ask('cart', MERGE, { input: { guestToken: 'x' } }, { identity: guest() });
    expect(asGuest.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    const inner = await shop.ask('cart', 'mutation { guestCartMerge(input: { guestSessionId: "a", userId: "b" }) { done } }', {}, { identity: SYSTEM });
    expect(inner.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });
});
