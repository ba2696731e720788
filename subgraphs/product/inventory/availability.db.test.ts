import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer } from '../../../test/subgraphs.ts';
import { type CatalogueShop, key, type Merchant, startCatalogue, variant } from '../shop.fixture.ts';

let shop: CatalogueShop;
let merchant: Merchant;
let here: string;
beforeAll(async () => {
  shop = await startCatalogue();
  merchant = await shop.merchant();
  here = await shop.location(merchant);
});
afterAll(() => shop?.[Symbol.asyncDispose]());

let groups = 0;
const newGroup = () => `group_${(groups += 1)}`;
const reserve = async (lines: object[], groupId = newGroup()) =>
  (
    await shop.sibling('mutation($input: StockReserveInput!) { stockReserve(input: $input) { reserved shortages { variantId requested available } } }', {
      input: { groupId, lines },
    })
  ).stockReserve;
const release = (groupId: string) =>
  shop.sibling('mutation($input: StockReleaseInput!) { stockRelease(input: $input) { done } }', { input: { reference: key(), groupId } });

describe('what others see of stock', () => {
  const SEEN = 'query($id: ID!) { product(id: $id) { availableForSale variants { nodes { availableForSale availableQuantity } } } }';

  test('is exact up to ten, and follows sales', async () => {
    const { id, variantIds } = await shop.published(merchant, {}, { locationId: here, quantity: 11 });
    const seen = async (who = buyer()) => (await shop.query(SEEN, { id }, who)).product;
    expect(await seen()).toEqual({ availableForSale: true, variants: { nodes: [{ availableForSale: true, availableQuantity: null }] } });
    expect((await seen(merchant.editor)).variants.nodes).toEqual([{ availableForSale: true, availableQuantity: 11 }]);
    const groupId = newGroup();
    await reserve([{ variantId: variantIds[0], quantity: 11 }], groupId);
    await shop.settle();
    expect(await seen()).toEqual({ availableForSale: false, variants: { nodes: [{ availableForSale: false, availableQuantity: 0 }] } });
    await release(groupId);
    await shop.settle();
    expect((await seen()).availableForSale).toBe(true);
  });

  test('goes when the location closes or the merchant is suspended', async () => {
    const own = await shop.merchant();
    const locationId = await shop.location(own);
    const { id, variantIds } = await shop.published(own, {}, { locationId, quantity: 3 });
    const sellable = async () =>
      (await shop.sibling('query($ids: [ID!]!) { sellableVariants(ids: $ids) { isSellable available } }', { ids: [variantIds[0], 'var_none'] }))
        .sellableVariants;
    expect(await sellable()).toEqual([{ isSellable: true, available: 3 }, null]);
    await shop.location(own, { id: locationId, isActive: false });
    await shop.settle();
    expect([await sellable(), (await shop.query(SEEN, { id })).product.availableForSale]).toEqual([[{ isSellable: true, available: 0 }, null], false]);
    await shop.location(own, { id: locationId, isActive: true });
    await shop.setStatus(own, 'SUSPEND');
    expect([await sellable(), (await shop.query(SEEN, { id })).product.availableForSale]).toEqual([[{ isSellable: false, available: 3 }, null], false]);
    await shop.setStatus(own, 'REINSTATE');
    expect(await sellable()).toEqual([{ isSellable: true, available: 3 }, null]);
  });

  test('is a list of what runs low, for the merchant only', async () => {
    const own = await shop.merchant();
    const locationId = await shop.location(own);
    const { product } = await shop.create(own, {
      options: [{ name: 'N', values: ['1', '2', '3', '4'] }],
      variants: ['1', '2', '3', '4'].map((value) => variant({ sku: `L${value}`, selectedOptions: [{ name: 'N', value }] })),
    });
    const ids = product.variants.nodes.map(({ id }: any) => id);
    await shop.adjust(
      own,
      [5, 6, 1].map((delta, index) => ({ variantId: ids[index], locationId, delta })),
    );
    const LOW = `query($r: [_Any!]!, $first: Int, $after: String) { _entities(representations: $r) { ... on Merchant {
      lowStockVariants(first: $first, after: $after) { nodes { sku inventory { onHand } } pageInfo { hasNextPage endCursor } } } } }`;
    const low = async (who = own.editor, args: object = {}) =>
      (await shop.query(LOW, { r: [{ __typename: 'Merchant', id: own.id }], ...args }, who))._entities[0].lowStockVariants;
    const { nodes } = await low();
    expect(Object.fromEntries(nodes.map(({ sku, inventory }: any) => [sku, inventory]))).toEqual({ L1: [{ onHand: 5 }], L3: [{ onHand: 1 }], L4: [] });
    const first = await low(own.editor, { first: 2 });
    const next = await low(own.editor, { first: 2, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...next.nodes]).toEqual(nodes);
    expect(await low(merchant.editor)).toBeNull();
  });
});

test('a page of a cart or of a product costs the same however many variants it has', async () => {
  const values = Array.from({ length: 50 }, (_, index) => String(index));
  const many = await shop.published(
    merchant,
    {
      options: [
        { name: 'N', values: values.slice(0, 25) },
        { name: 'M', values: ['a', 'b'] },
      ],
      variants: values.map((_value, index) =>
        variant({
          selectedOptions: [
            { name: 'N', value: String(index % 25) },
            { name: 'M', value: index < 25 ? 'a' : 'b' },
          ],
        }),
      ),
    },
    { locationId: here, quantity: 5 },
  );
  const one = await shop.published(merchant, {}, { locationId: here, quantity: 5 });
  const commands = async (work: () => Promise<unknown>) => {
    const from = shop.fetches.length;
    await work();
    return shop.fetches.slice(from).map((fetch) => fetch.commands);
  };
  const PAGE =
    'query($id: ID!) { product(id: $id) { title description attributes { label } priceRange { min { amount } } media { url } variants { nodes { title price { amount } availableForSale availableQuantity media { url } } } } }';
  const SELLABLE = 'query($ids: [ID!]!) { sellableVariants(ids: $ids) { title isSellable available prices { amount } } }';
  for (const { id, variantIds } of [one, many]) {
    expect(await commands(() => shop.query(PAGE, { id }))).toEqual([3]);
    expect(await commands(() => shop.sibling(SELLABLE, { ids: variantIds }))).toEqual([3]);
  }
});
