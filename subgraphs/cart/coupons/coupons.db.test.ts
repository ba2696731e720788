import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, guest, member, staff } from '../../../test/subgraphs.ts';
import { ADDRESS, type CartShop, key, type Seller, startCartShop } from '../cart.fixture.ts';

let shop: CartShop;
let tea: Seller;
let pots: Seller;
beforeAll(async () => {
  shop = await startCartShop();
  tea = await shop.seller();
  pots = await shop.seller();
  await tea.rate({ price: { amount: 800, currency: 'CNY' } });
  await pots.rate({ price: { amount: 500, currency: 'CNY' } });
});
afterAll(() => shop[Symbol.asyncDispose]());

const platform = staff('promotions:read', 'promotions:write');
const COUPON = `id code kind percentBps amountOff { amount } minimumSubtotal { amount } usageLimit usageLimitPerUser usedCount startsAt endsAt enabled fundedBy merchant { id }`;
const CREATE = `mutation($input: CouponCreateInput!) { couponCreate(input: $input) { coupon { ${COUPON} } userErrors { __typename code path message } } }`;
const DISABLE = 'mutation($id: ID!) { couponDisable(id: $id) { coupon { enabled } userErrors { code path } } }';
const LIST =
  'query($merchantId: ID, $first: Int, $after: String) { coupons(merchantId: $merchantId, first: $first, after: $after) { nodes { id code } pageInfo { hasNextPage endCursor } } }';

const create = async (identity: Identity, input: object) =>
  (await shop.ask('cart', CREATE, { input: { kind: 'PERCENT', percentBps: 1000, idempotencyKey: key(), ...input } }, { identity })).data.couponCreate;
const disable = async (identity: Identity, id: string) => (await shop.ask('cart', DISABLE, { id }, { identity })).data.couponDisable;
const code = () => `C${key().slice(0, 12)}`;
const yuan = (amount: number) => ({ amount, currency: 'CNY' });

/** A cart of three teas at 1000 and one pot at 501, delivered to an address. */
async function filled(identity: Identity = buyer()) {
  const client = shop.as(identity);
  const leaf = await tea.sell({ price: 1000 });
  const pot = await pots.sell({ price: 501 });
  await client.put(leaf, 3);
  await client.put(pot);
  await client.deliver({ merchantId: tea.merchantId, address: ADDRESS });
  const { cart } = await client.deliver({ merchantId: pots.merchantId, address: ADDRESS });
  return { identity, client, cart, leaf, pot, lines: cart.lines.nodes.map(({ id }: { id: string }) => id) };
}

const totalsOf = ({ totals }: any) => [totals.subtotal, totals.discount, totals.shipping, totals.total].map(({ amount }) => amount);

describe('a merchant’s coupons', () => {
  test('are made by its members, with the code as it is compared', async () => {
    const { coupon, userErrors } = await create(tea.identity, {
      merchantId: tea.merchantId,
      code: ' spring  tea-7 ',
      minimumSubtotal: yuan(100),
      usageLimit: 5,
    });
    expect(userErrors).toEqual([]);
    expect(coupon).toMatchObject({
      code: 'SPRINGTEA-7',
      kind: 'PERCENT',
      percentBps: 1000,
      minimumSubtotal: { amount: 100 },
      usageLimit: 5,
      usedCount: 0,
      enabled: true,
      fundedBy: 'MERCHANT',
      merchant: { id: tea.merchantId },
    });
  });

  test('are made once per key, and a code once per merchant', async () => {
    const input = { merchantId: tea.merchantId, code: code(), idempotencyKey: key() };
    const answers = await Promise.all(Array.from({ length: 5 }, () => create(tea.identity, input)));
    expect(new Set(answers.map(({ coupon }) => coupon.id)).size).toBe(1);
    expect((await create(tea.identity, { ...input, percentBps: 5 })).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_PARAMETER_MISMATCH' }]);
    const again = await create(tea.identity, { merchantId: tea.merchantId, code: input.code.toLowerCase() });
    expect(again.userErrors).toMatchObject([{ code: 'CODE_TAKEN', path: ['input', 'code'] }]);
    expect((await create(pots.identity, { merchantId: pots.merchantId, code: input.code })).userErrors).toEqual([]);
  });

  test('name every term that is wrong', async () => {
    const { coupon, userErrors } = await create(tea.identity, { merchantId: tea.merchantId, code: '  ', percentBps: 0, usageLimit: 0, usageLimitPerUser: -1 });
    expect(coupon).toBeNull();
    expect(userErrors.map(({ path }: any) => path[1])).toEqual(['code', 'percentBps', 'usageLimit', 'usageLimitPerUser']);
  });

  test('are nobody else’s to make, read or disable', async () => {
    const mine = await tea.coupon();
    expect((await create(pots.identity, { merchantId: tea.merchantId, code: code() })).userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'merchantId'] },
    ]);
    expect((await create(tea.identity, { code: code() })).userErrors).toMatchObject([{ code: 'REQUIRED', path: ['input', 'merchantId'] }]);
    expect((await disable(pots.identity, mine.id)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const read = 'query($id: ID!) { coupon(id: $id) { id } }';
    expect((await shop.ask('cart', read, { id: mine.id }, { identity: pots.identity })).data.coupon).toBeNull();
    expect((await shop.ask('cart', read, { id: mine.id }, { identity: tea.identity })).data.coupon).toEqual({ id: mine.id });
    expect((await shop.ask('cart', read, { id: mine.id }, { identity: platform })).data.coupon).toEqual({ id: mine.id });
    const entity = 'query($reps: [_Any!]!) { _entities(representations: $reps) { ... on Coupon { code } } }';
    const reps = [{ __typename: 'Coupon', id: mine.id }];
    expect((await shop.ask('cart', entity, { reps }, { identity: pots.identity })).data._entities).toEqual([null]);
    expect((await shop.ask('cart', LIST, { merchantId: tea.merchantId }, { identity: pots.identity })).errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
    });
    const clerk = member(tea.merchantId, ['orders:read']);
    expect((await shop.ask('cart', LIST, { merchantId: tea.merchantId }, { identity: clerk })).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    expect((await shop.ask('cart', LIST, {}, { identity: tea.identity })).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('are listed newest first, a page at a time, in one command', async () => {
    const seller = await shop.seller();
    const made = [await seller.coupon(), await seller.coupon(), await seller.coupon()].map(({ id }) => id).reverse();
    const first = (await shop.ask('cart', LIST, { merchantId: seller.merchantId, first: 2 }, { identity: seller.identity })).data.coupons;
    expect(first.nodes.map(({ id }: any) => id)).toEqual(made.slice(0, 2));
    shop.fetches.length = 0;
    const rest = await shop.ask('cart', LIST, { merchantId: seller.merchantId, first: 2, after: first.pageInfo.endCursor }, { identity: seller.identity });
    expect(rest.data.coupons).toMatchObject({ nodes: [{ id: made[2] }], pageInfo: { hasNextPage: false } });
    expect(shop.fetches).toMatchObject([{ subgraph: 'cart', commands: 1 }]);
  });
});

describe('the platform’s coupons', () => {
  test('are its staff’s', async () => {
    const { coupon } = await create(platform, { code: code() });
    expect(coupon).toMatchObject({ fundedBy: 'PLATFORM', merchant: null });
    expect((await create(platform, { code: coupon.code })).userErrors).toMatchObject([{ code: 'CODE_TAKEN' }]);
    const { data } = await shop.ask('cart', LIST, { first: 1 }, { identity: platform });
    expect(data.coupons.nodes).toEqual([{ id: coupon.id, code: coupon.code }]);
    expect((await disable(platform, coupon.id)).coupon).toEqual({ enabled: false });
  });
});

describe('a cart', () => {
  test('takes a code however it is typed, for the goods of its merchant, and the sums agree', async () => {
    const { client, lines } = await filled();
    const { code } = await tea.coupon();
    const { cart, userErrors } = await client.apply(` ${code.toLowerCase().slice(0, 4)} ${code.toLowerCase().slice(4)} `);
    expect(userErrors).toEqual([]);
    expect(cart.coupons).toEqual([{ code, applied: true, reason: null, discount: yuan(300), merchant: { id: tea.merchantId } }]);
    expect(cart.lines.nodes).toMatchObject([
      { id: lines[0], subtotal: yuan(3000), total: yuan(2700), discountAllocations: [{ source: 'MERCHANT_COUPON', code, amount: yuan(300) }] },
      { id: lines[1], subtotal: yuan(501), total: yuan(501), discountAllocations: [] },
    ]);
    expect(totalsOf(cart)).toEqual([3501, 300, 1300, 4501]);
    expect(cart.readyForCheckout).toBe(true);
  });

  test('takes the merchants’ first, then the platform’s from what is left of all', async () => {
    const { client } = await filled();
    const shared = code();
    const ofTea = await tea.coupon({ kind: 'FIXED_AMOUNT', amountOff: yuan(1000), code: shared });
    await pots.coupon({ code: shared });
    const ofPlatform = await shop.platformCoupon({ percentBps: 1500 });
    expect((await client.apply(ofPlatform.code)).userErrors).toEqual([]);
    // Both merchants have the code: it is entered for both.
    const { cart } = await client.apply(ofTea.code);
    expect(cart.coupons.map(({ code, applied, discount }: any) => [code, applied, discount.amount])).toEqual([
      [ofPlatform.code, true, 368],
      [ofTea.code, true, 1000],
      [ofTea.code, true, 50],
    ]);
    // 2000 and 451 are left: 15 % of 2451 is 367.65, of which 300 and 68 fall to them.
    expect(cart.lines.nodes.map(({ total }: any) => total.amount)).toEqual([1700, 383]);
    expect(totalsOf(cart)).toEqual([3501, 1418, 1300, 3383]);
  });

  test('takes no more than there is, and leaves the delivery to its own coupons', async () => {
    const { client } = await filled();
    const { code: all } = await tea.coupon({ kind: 'FIXED_AMOUNT', amountOff: yuan(1_000_000) });
    const { cart } = await client.apply(all);
    expect(totalsOf(cart)).toEqual([3501, 3000, 1300, 1801]);
    const { code: free } = await shop.platformCoupon({ kind: 'FREE_SHIPPING' });
    const after = (await client.apply(free)).cart;
    expect(totalsOf(after)).toEqual([3501, 3000, 0, 501]);
    expect(after.coupons.find((coupon: any) => coupon.code === free)).toMatchObject({ applied: true, discount: yuan(1300) });
    expect(after.totals.tax.amount).toBeLessThanOrEqual(501);
    const groups = await client.read('groups { totals { total { amount } discount { amount } shipping { amount } } }');
    expect(groups.groups.map(({ totals }: any) => totals.total.amount)).toEqual([0, 501]);
  });

  test('counts what delivery is free from after coupons', async () => {
    const seller = await shop.seller();
    await seller.rate({ price: yuan(700), freeFrom: yuan(1000) });
    const client = shop.as(buyer());
    await client.put(await seller.sell({ price: 1000 }));
    const { cart } = await client.deliver({ merchantId: seller.merchantId, address: ADDRESS });
    expect(totalsOf(cart)).toEqual([1000, 0, 0, 1000]);
    expect(totalsOf((await client.apply((await seller.coupon()).code)).cart)).toEqual([1000, 100, 700, 1600]);
  });

  test('has one coupon of each merchant and one of the platform', async () => {
    const { client } = await filled();
    const [first, second] = [await tea.coupon(), await tea.coupon()];
    await client.apply(first.code);
    const { cart, userErrors } = await client.apply(second.code);
    expect(userErrors).toMatchObject([{ __typename: 'CouponRejectedError', code: 'COUPON_NOT_COMBINABLE', couponCode: second.code, path: ['input', 'code'] }]);
    expect(cart.coupons.map(({ code }: any) => code)).toEqual([first.code]);
    const [ofPlatform, another] = [await shop.platformCoupon(), await shop.platformCoupon()];
    expect((await client.apply(ofPlatform.code)).userErrors).toEqual([]);
    expect((await client.apply(another.code)).userErrors).toMatchObject([{ code: 'COUPON_NOT_COMBINABLE' }]);
    const again = await client.apply(first.code);
    expect([again.userErrors, again.cart.version]).toEqual([[], cart.version + 1]);
  });

  test('answers alike whatever the buyer cannot help', async () => {
    const { client } = await filled();
    const hour = 3600_000;
    const other = await (await shop.seller()).coupon();
    const expired = await tea.coupon({ endsAt: new Date(Date.now() - hour).toISOString() });
    const early = await tea.coupon({ startsAt: new Date(Date.now() + hour).toISOString() });
    const disabled = await tea.coupon();
    await disable(tea.identity, disabled.id);
    const answers = [];
    for (const tried of ['NO-SUCH-CODE', other.code, expired.code, early.code, disabled.code, '', '%$§', 'x'.repeat(3000)]) {
      const { userErrors } = await client.apply(tried);
      answers.push(userErrors.map(({ __typename, code, message, path }: any) => ({ __typename, code, message, path })));
    }
    expect(answers[0]).toMatchObject([{ __typename: 'CouponRejectedError', code: 'COUPON_INVALID', path: ['input', 'code'] }]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await client.read()).coupons).toEqual([]);
  });

  test('says what the buyer can do something about', async () => {
    const { client } = await filled();
    const dear = await tea.coupon({ minimumSubtotal: yuan(3001) });
    const { userErrors } = await client.apply(dear.code);
    expect(userErrors).toMatchObject([{ code: 'COUPON_BELOW_MINIMUM', couponCode: dear.code, message: expect.stringContaining('30.01 CNY') }]);
    const dollars = await tea.coupon({ kind: 'FIXED_AMOUNT', amountOff: { amount: 5, currency: 'USD' } });
    expect((await client.apply(dollars.code)).userErrors).toMatchObject([{ code: 'COUPON_OTHER_CURRENCY' }]);
    expect((await shop.as(buyer()).apply(dear.code)).userErrors).toMatchObject([{ code: 'COUPON_CART_EMPTY' }]);
  });

  test('keeps a coupon that counts no more, as an issue, until it is removed', async () => {
    const { client, lines } = await filled();
    const dear = await tea.coupon({ minimumSubtotal: yuan(3000) });
    await client.apply(dear.code);
    await client.update({ lines: [{ lineId: lines[0], quantity: 2 }] });
    const cart = await client.read();
    expect(cart).toMatchObject({
      readyForCheckout: false,
      coupons: [{ code: dear.code, applied: false, reason: expect.stringContaining('30.00 CNY'), discount: yuan(0) }],
      issues: [{ __typename: 'CouponIssue', code: 'COUPON_BELOW_MINIMUM', blocking: true, couponCode: dear.code, lineId: null }],
    });
    expect(totalsOf(cart)).toEqual([2501, 0, 1300, 3801]);
    await client.update({ lines: [{ lineId: lines[0], quantity: 0 }] });
    expect((await client.read()).issues).toMatchObject([{ code: 'COUPON_NO_GOODS' }]);
    const remove = (tried: string) => client.change('cartCouponRemove', 'CartCouponInput', { code: tried });
    expect((await remove('another')).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'code'] }]);
    const removed = await remove(dear.code.toLowerCase());
    expect([removed.userErrors, removed.cart.coupons, removed.cart.issues]).toEqual([[], [], []]);
  });

  test('tells when its coupon was disabled', async () => {
    const { client } = await filled();
    const mine = await tea.coupon();
    await client.apply(mine.code);
    await disable(tea.identity, mine.id);
    expect((await client.read()).issues).toMatchObject([{ code: 'COUPON_DISABLED', couponCode: mine.code }]);
  });

  test('loses one race of two that name its version', async () => {
    const { client, cart } = await filled();
    const [one, two] = [await tea.coupon(), await shop.platformCoupon()];
    const apply = (tried: string) => client.change('cartCouponApply', 'CartCouponInput', { code: tried, expectedVersion: cart.version });
    const answers = await Promise.all([apply(one.code), apply(two.code)]);
    expect(answers.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ code: 'VERSION_CONFLICT' }]);
  });

  test('costs one command more with a coupon, two with one that is limited per user, and none without', async () => {
    const cost = async (identity: Identity) => {
      shop.fetches.length = 0;
      await shop.as(identity).read('totals { total { amount } } coupons { code }');
      return shop.fetches.find(({ subgraph }) => subgraph === 'cart')?.commands;
    };
    const { identity, client } = await filled();
    const plain = await cost(identity);
    expect(plain).toBe(2);
    await client.apply((await tea.coupon()).code);
    expect(await cost(identity)).toBe(3);
    await client.apply((await shop.platformCoupon({ usageLimitPerUser: 3 })).code);
    expect(await cost(identity)).toBe(4);
  });
});

describe('a guest’s coupons', () => {
  test('come along when the carts are merged; of one merchant the account’s own stays', async () => {
    const identity = guest();
    const { client } = await filled(identity);
    const [mine, theirs, ofPlatform] = [await tea.coupon(), await tea.coupon(), await shop.platformCoupon()];
    await client.apply(theirs.code);
    await client.apply(ofPlatform.code);
    const own = await filled();
    await own.client.apply(mine.code);
    const guestToken = await shop.guestTokenOf(identity);
    const { cart } = await own.client.change('cartMerge', 'CartMergeInput', { guestToken });
    expect(cart.coupons.map(({ code }: any) => code)).toEqual([mine.code, ofPlatform.code]);
  });
});
