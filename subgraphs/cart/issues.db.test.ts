import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer } from '../../test/subgraphs.ts';
import { ADDRESS, CART, type CartShop, GROUPS, type Seller, startCartShop } from './cart.fixture.ts';

let shop: CartShop;
let tea: Seller;
beforeAll(async () => {
  shop = await startCartShop();
  tea = await shop.seller();
  await tea.rate();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe('issues', () => {
  test('a changed price shows both, counts as it is now, and is acknowledged', async () => {
    const goods = await tea.sell({ price: 1000 });
    const client = shop.as(buyer());
    await client.put(goods, 2);
    await tea.revise(goods, { price: { amount: 1200, currency: 'CNY' } });
    const cart = await client.read();
    expect(cart.totals.total.amount).toBe(2400);
    expect(cart.issues).toContainEqual({
      __typename: 'PriceChangedIssue',
      code: 'PRICE_CHANGED',
      message: expect.any(String),
      lineId: cart.lines.nodes[0].id,
      blocking: false,
      seen: { amount: 1000, currency: 'CNY' },
      current: { amount: 1200, currency: 'CNY' },
    });
    const settled = await client.change('cartIssuesAcknowledge', 'CartIssuesAcknowledgeInput', { acceptPriceChanges: true, expectedVersion: cart.version });
    expect(settled.cart.issues.map(({ code }: any) => code)).not.toContain('PRICE_CHANGED');
    expect(settled.cart.lines.nodes[0].unitPriceSeen.amount).toBe(1200);
  });

  test('too little stock and goods off sale block until they are settled', async () => {
    const scarce = await tea.sell({ stock: 3 });
    const gone = await tea.sell();
    const client = shop.as(buyer());
    await client.put(scarce, 5);
    await client.put(gone);
    await client.deliver({ merchantId: tea.merchantId, address: ADDRESS });
    await shop.ask('product', 'mutation($id: ID!) { productUnpublish(id: $id) { userErrors { code } } }', { id: gone.productId }, { identity: tea.identity });
    const cart = await client.read();
    expect(cart.readyForCheckout).toBe(false);
    expect(cart.issues).toMatchObject([
      { __typename: 'StockIssue', code: 'INSUFFICIENT_STOCK', requested: 5, available: 3, blocking: true },
      { __typename: 'UnavailableIssue', code: 'PRODUCT_UNAVAILABLE', blocking: true },
    ]);
    const settled = await client.change('cartIssuesAcknowledge', 'CartIssuesAcknowledgeInput', {
      removeUnavailable: true,
      clampToStock: true,
      expectedVersion: cart.version,
    });
    expect(settled.cart).toMatchObject({ readyForCheckout: true, issues: [], lines: { nodes: [{ quantity: 3 }] } });
  });

  test('a line tells its own from the live variant that the gateway brings', async () => {
    const goods = await tea.sell();
    const identity = buyer();
    const { cart } = await shop.as(identity).put(goods);
    const issuesWith = async (variant: object) => {
      const representation = { __typename: 'CartLine', id: cart.lines.nodes[0].id, variant: { __typename: 'ProductVariant', ...variant } };
      const answer = await shop.ask(
        'cart',
        'query($r: [_Any!]!) { _entities(representations: $r) { ... on CartLine { issues { code } } } }',
        { r: [representation] },
        { identity },
      );
      return answer.data._entities[0].issues;
    };
    expect(await issuesWith({ price: { amount: 1000, currency: 'CNY' }, availableForSale: true, isActive: true })).toEqual([]);
    expect(await issuesWith({ price: { amount: 900, currency: 'CNY' }, availableForSale: true, isActive: true })).toEqual([{ code: 'PRICE_CHANGED' }]);
    expect(await issuesWith({ price: { amount: 1000, currency: 'CNY' }, availableForSale: false, isActive: false })).toEqual([{ code: 'PRODUCT_UNAVAILABLE' }]);
  });
});

describe('reading costs the same for one line and for fifty', () => {
  test('lines, totals, groups and issues', async () => {
    const goods = await Promise.all(Array.from({ length: 50 }, () => tea.sell()));
    const commandsFor = async (some: typeof goods) => {
      const client = shop.as(buyer());
      await client.add(some.map(({ variantId }) => ({ variantId, quantity: 1 })));
      await client.deliver({ merchantId: tea.merchantId, address: ADDRESS });
      shop.fetches.length = 0;
      const cart = await client.read(`${CART} ${GROUPS.replace(/deliveryOptions \{[^}]*\{[^}]*\}[^}]*\}/, '')}`);
      expect(cart).toMatchObject({ readyForCheckout: true, lines: { nodes: { length: some.length } } });
      return Object.fromEntries(shop.fetches.map(({ subgraph, commands }) => [subgraph, commands]));
    };
    const one = await commandsFor(goods.slice(0, 1));
    expect(await commandsFor(goods)).toEqual(one);
    // The cart and its merchants' rates; variants, their products and their stock.
    expect(one).toEqual({ cart: 2, product: 3 });
  });
});
