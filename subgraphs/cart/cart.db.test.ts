import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer, guest, member } from '../../test/subgraphs.ts';
import { CART, type CartShop, ERRORS, key, type Seller, startCartShop } from './cart.fixture.ts';

let shop: CartShop;
let tea: Seller;
beforeAll(async () => {
  shop = await startCartShop();
  tea = await shop.seller();
  await tea.rate();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe('the cart of a buyer', () => {
  test('is null before the first line, and for nobody', async () => {
    expect(await shop.as(buyer()).read()).toBeNull();
    expect((await shop.ask('cart', '{ cart { id } }')).data).toEqual({ cart: null });
  });

  test('comes into being with the first goods, in their currency', async () => {
    const goods = await tea.sell({ price: 3_000_000_000 });
    const client = shop.as(buyer());
    expect(await client.put(goods, 2)).toMatchObject({
      userErrors: [],
      cart: {
        version: 1,
        currency: 'CNY',
        totalQuantity: 2,
        expiresAt: null,
        totals: { subtotal: { amount: 6_000_000_000 }, total: { amount: 6_000_000_000 }, taxIncluded: true },
      },
    });
    expect(await client.read()).toMatchObject({
      version: 1,
      lines: { nodes: [{ quantity: 2, variant: { id: goods.variantId }, merchant: { id: tea.merchantId } }] },
    });
  });

  test('belongs to a guest as well, and lives thirty days after its last change', async () => {
    const { cart } = await shop.as(guest()).put(await tea.sell());
    expect(cart.owner).toBeNull();
    expect((Date.parse(cart.expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(30, 1);
  });

  test('is gone when its time is over, and a new one takes its place', async () => {
    const client = shop.as(guest());
    const goods = await tea.sell();
    const { cart } = await client.put(goods);
    await shop
      .running('cart')
      .runtime.database.collection<{ _id: string }>('cart')
      .updateOne({ _id: cart.id }, { $set: { expiresAt: new Date(Date.now() - 1000) } });
    expect(await client.read()).toBeNull();
    const again = await client.put(goods);
    expect(again.cart).toMatchObject({ totalQuantity: 1 });
    expect(again.cart.id).not.toBe(cart.id);
  });

  test('is nobody else’s: another buyer finds nothing under its id', async () => {
    const owner = buyer();
    const { cart } = await shop.as(owner).put(await tea.sell());
    const byId = (identity: typeof owner) =>
      shop.ask(
        'cart',
        'query($r: [_Any!]!) { _entities(representations: $r) { ... on Cart { id version } ... on CartLine { id } ... on User { cart { id } } } }',
        {
          r: [
            { __typename: 'Cart', id: cart.id },
            { __typename: 'CartLine', id: cart.lines.nodes[0].id },
            { __typename: 'User', id: owner.subject },
          ],
        },
        { identity },
      );
    expect((await byId(owner)).data._entities).toEqual([{ id: cart.id, version: 1 }, { id: cart.lines.nodes[0].id }, { cart: { id: cart.id } }]);
    expect((await byId(buyer())).data._entities).toEqual([null, null, { cart: null }]);
    expect((await byId(guest())).data._entities).toEqual([null, null, { cart: null }]);
  });

  test('tells how many of a variant are in it, with one read for a whole list', async () => {
    const goods = await tea.sell();
    const other = await tea.sell();
    const identity = buyer();
    await shop.as(identity).put(goods, 3);
    const representations = Array.from({ length: 50 }, (_, index) => ({ __typename: 'ProductVariant', id: index === 0 ? goods.variantId : other.variantId }));
    const answer = await shop.ask(
      'cart',
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on ProductVariant { quantityInMyCart } } }',
      { r: representations },
      { identity },
    );
    expect(answer.data._entities.slice(0, 2)).toEqual([{ quantityInMyCart: 3 }, { quantityInMyCart: 0 }]);
    expect(shop.fetches.at(-1)).toMatchObject({ subgraph: 'cart', commands: 1 });
    const anonymous = await shop.ask('cart', 'query($r: [_Any!]!) { _entities(representations: $r) { ... on ProductVariant { quantityInMyCart } } }', {
      r: representations.slice(0, 1),
    });
    expect(anonymous.data._entities).toEqual([{ quantityInMyCart: null }]);
  });
});

describe('adding', () => {
  test('the same variant twice is one line', async () => {
    const goods = await tea.sell();
    const client = shop.as(buyer());
    await client.put(goods, 2);
    expect((await client.put(goods, 3)).cart).toMatchObject({ version: 2, lines: { nodes: [{ quantity: 5 }] } });
  });

  test('the same key adds once, however often and however at once', async () => {
    const goods = await tea.sell();
    const client = shop.as(buyer());
    const idempotencyKey = key();
    const lines = [{ variantId: goods.variantId, quantity: 2 }];
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.add(lines, { idempotencyKey })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await client.read()).toMatchObject({ version: 1, totalQuantity: 2 });
    expect((await client.add([{ ...lines[0]!, quantity: 3 }], { idempotencyKey })).userErrors).toMatchObject([
      { __typename: 'IdempotencyConflictError', code: 'IDEMPOTENCY_PARAMETER_MISMATCH' },
    ]);
  });

  test('a claim that outlived a crash is not applied again', async () => {
    const goods = await tea.sell();
    const client = shop.as(buyer());
    const idempotencyKey = key();
    const lines = [{ variantId: goods.variantId, quantity: 2 }];
    await client.add(lines, { idempotencyKey });
    const claims = shop.running('cart').runtime.database.collection('idempotency_keys');
    await claims.updateOne({ _id: { $regex: idempotencyKey } as never }, { $set: { status: 'RUNNING', result: null, leaseUntil: new Date(0) } });
    expect((await client.add(lines, { idempotencyKey })).cart).toMatchObject({ totalQuantity: 2 });
  });

  test('ten at once to a cart that is not there yet: one cart, none lost', async () => {
    const goods = await Promise.all(Array.from({ length: 10 }, () => tea.sell()));
    for (let round = 0; round < 5; round++) {
      const client = shop.as(round % 2 ? buyer() : guest());
      const answers = await Promise.all(goods.map((one) => client.put(one, 1)));
      expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
      expect(new Set(answers.map(({ cart }) => cart.id)).size).toBe(1);
      expect(await client.read()).toMatchObject({ version: 10, totalQuantity: 10, lines: { nodes: { length: 10 } } });
    }
  });

  test('ten at once of the same variant: none lost', async () => {
    const goods = await tea.sell();
    const client = shop.as(buyer());
    await client.put(goods, 1);
    await Promise.all(Array.from({ length: 10 }, () => client.put(goods, 2)));
    expect(await client.read()).toMatchObject({ version: 11, lines: { nodes: [{ quantity: 21 }] } });
  });

  test('what cannot be bought is refused alike, and nothing is written', async () => {
    const sold = await tea.sell();
    const draft = await tea.sell();
    await shop.ask('product', 'mutation($id: ID!) { productUnpublish(id: $id) { userErrors { code } } }', { id: draft.productId }, { identity: tea.identity });
    const client = shop.as(buyer());
    const lines = [sold, draft, { variantId: 'variant_nothing' }].map(({ variantId }) => ({ variantId, quantity: 1 }));
    const answer = await client.add(lines);
    expect(answer.cart).toBeNull();
    expect(answer.userErrors).toMatchObject([
      { __typename: 'ProductUnavailableError', code: 'PRODUCT_UNAVAILABLE', variantId: draft.variantId, path: ['input', 'lines', '1', 'variantId'] },
      { __typename: 'ProductUnavailableError', code: 'PRODUCT_UNAVAILABLE', variantId: 'variant_nothing', path: ['input', 'lines', '2', 'variantId'] },
    ]);
    expect(answer.userErrors[0].message).toBe(answer.userErrors[1].message);
    expect(await client.read()).toBeNull();
  });

  test('the currency asked for must be one the goods are sold in', async () => {
    const goods = await tea.sell();
    const both = await tea.sell({ variant: { prices: [{ amount: 150, currency: 'USD' }] } });
    const identity = buyer();
    const add = (variantId: string) =>
      shop.ask(
        'cart',
        `mutation($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { cart { ${CART} } ${ERRORS} } }`,
        { input: { lines: [{ variantId, quantity: 2 }], idempotencyKey: key() } },
        { identity, currency: 'USD' },
      );
    expect((await add(goods.variantId)).data.cartLinesAdd.userErrors).toMatchObject([
      { __typename: 'ProductUnavailableError', message: expect.stringContaining('USD') },
    ]);
    expect((await add(both.variantId)).data.cartLinesAdd.cart).toMatchObject({ currency: 'USD', totals: { total: { amount: 300, currency: 'USD' } } });
  });

  test('the merchant’s quantity rule holds for add and update', async () => {
    const goods = await tea.sell({ variant: { quantityRule: { minimum: 6, maximum: 24, increment: 6 } } });
    const client = shop.as(buyer());
    expect((await client.put(goods, 5)).userErrors).toMatchObject([
      { __typename: 'ValidationError', path: ['input', 'lines', '0', 'quantity'], message: expect.stringContaining('6') },
    ]);
    const { cart } = await client.put(goods, 12);
    expect((await client.put(goods, 18)).userErrors).toMatchObject([{ path: ['input', 'lines', '0', 'quantity'], message: expect.stringContaining('24') }]);
    expect((await client.update({ lines: [{ lineId: cart.lines.nodes[0].id, quantity: 7 }] })).userErrors).toMatchObject([
      { path: ['input', 'lines', '0', 'quantity'] },
    ]);
  });

  test('more lines than a cart can hold are refused, however many', async () => {
    const lines = Array.from({ length: 1500 }, (_, index) => ({ variantId: `variant_${index}`, quantity: 1 }));
    expect((await shop.as(buyer()).add(lines)).userErrors).toMatchObject([
      { __typename: 'CartLimitError', code: 'CART_LIMIT', limit: 100, path: ['input', 'lines'] },
    ]);
  });

  test('an API client has no cart', async () => {
    const client = { ...member('merchant_x', ['shipping:write']), kind: 'client' as const };
    const answer = await shop.ask('cart', `mutation { cartClear { cart { id } } }`, {}, { identity: client });
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    expect((await shop.ask('cart', 'mutation { cartClear { cart { id } } }')).errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('changing', () => {
  test('of two tabs that saw the same version one is told', async () => {
    const goods = await tea.sell();
    const client = shop.as(buyer());
    const { cart } = await client.put(goods);
    const lineId = cart.lines.nodes[0].id;
    const answers = await Promise.all([2, 3].map((quantity) => client.update({ lines: [{ lineId, quantity }], expectedVersion: 1 })));
    expect(answers.flatMap(({ userErrors }) => userErrors)).toMatchObject([
      { __typename: 'VersionConflictError', currentVersion: 2, path: ['input', 'expectedVersion'] },
    ]);
    expect((await client.read()).version).toBe(2);
  });

  test('0 removes, an unknown line is not found, and clearing empties', async () => {
    const client = shop.as(buyer());
    await client.put(await tea.sell());
    const { cart } = await client.put(await tea.sell());
    const [first] = cart.lines.nodes;
    expect((await client.update({ lines: [{ lineId: first.id, quantity: 0 }] })).cart).toMatchObject({ lines: { nodes: { length: 1 } } });
    expect((await client.update({ lines: [{ lineId: first.id, quantity: 1 }] })).userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'lines', '0', 'lineId'] },
    ]);
    const cleared = await shop.ask('cart', `mutation { cartClear(expectedVersion: 3) { cart { ${CART} } ${ERRORS} } }`, {}, { identity: buyer() });
    expect(cleared.data.cartClear).toEqual({ cart: null, userErrors: [] });
  });

  test('lines come in pages that outlive the line at their edge', async () => {
    const client = shop.as(buyer());
    for (let index = 0; index < 3; index++) await client.put(await tea.sell());
    const page = await client.read('lines(first: 2) { nodes { id variant { id } } pageInfo { endCursor hasNextPage } }');
    expect(page.lines.pageInfo.hasNextPage).toBe(true);
    await client.update({ lines: [{ lineId: page.lines.nodes[1].id, quantity: 0 }] });
    const next = await client.read(`lines(first: 2, after: "${page.lines.pageInfo.endCursor}") { nodes { id } pageInfo { hasNextPage hasPreviousPage } }`);
    expect(next.lines).toMatchObject({ nodes: { length: 1 }, pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    for (const wrong of ['first: 0', 'first: 101', 'after: "garbage"']) {
      const answer = await shop.ask('cart', `{ cart { lines(${wrong}) { nodes { id } } } }`, {}, { identity: (await clientWithCart()).identity });
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });

  test('a cart takes another currency where the goods have it', async () => {
    const both = await tea.sell({ variant: { prices: [{ amount: 150, currency: 'USD' }] } });
    const yuan = await tea.sell();
    const client = shop.as(buyer());
    await client.put(both);
    await client.put(yuan);
    const { cart } = await client.change('cartContextSet', 'CartContextSetInput', { currency: 'USD', countryCode: 'US' });
    expect(cart).toMatchObject({ currency: 'USD', countryCode: 'US', readyForCheckout: false, totals: { total: { amount: 150, currency: 'USD' } } });
    expect(cart.issues.filter((issue: any) => issue.lineId)).toMatchObject([
      { __typename: 'UnavailableIssue', code: 'NO_PRICE_IN_CURRENCY', lineId: cart.lines.nodes[1].id, blocking: true },
    ]);
    expect((await client.change('cartContextSet', 'CartContextSetInput', {})).userErrors).toMatchObject([{ __typename: 'ValidationError', path: ['input'] }]);
  });

  async function clientWithCart() {
    const identity = buyer();
    await shop.as(identity).put(await tea.sell());
    return { identity };
  }
});
