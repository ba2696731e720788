import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer } from '../../../test/subgraphs.ts';
import { type CatalogueShop, CNY, type Merchant, startCatalogue, variant } from '../shop.fixture.ts';

let shop: CatalogueShop;
let merchant: Merchant;
beforeAll(async () => {
  shop = await startCatalogue();
  merchant = await shop.merchant();
});
afterAll(() => shop?.[Symbol.asyncDispose]());

describe('a product', () => {
  test('is created, published, stocked, seen and sold', async () => {
    const categoryId = await shop.category('coats');
    const locationId = await shop.location(merchant);
    const { product, userErrors } = await shop.create(merchant, {
      title: [
        { locale: 'en', value: 'Rain coat' },
        { locale: 'zh-CN', value: '雨衣' },
      ],
      categoryIds: [categoryId],
      options: [{ name: 'Size', values: ['S', 'M'] }],
      variants: [
        variant({ sku: 'RC-S', selectedOptions: [{ name: 'Size', value: 'S' }], price: CNY(9900) }),
        variant({ sku: 'RC-M', selectedOptions: [{ name: 'Size', value: 'M' }], price: CNY(10900), prices: [{ amount: 1500, currency: 'USD' }] }),
      ],
    });
    expect(userErrors).toEqual([]);
    expect(product).toMatchObject({ slug: 'rain-coat', status: 'DRAFT', version: 1 });
    const BY_ID = `query($id: ID!) { product(id: $id) { title availableForSale priceRange { min { amount currency } max { amount } } categories { slug } merchant { id }
      variants { nodes { title price { amount currency } availableForSale availableQuantity } } } }`;
    expect((await shop.query(BY_ID, { id: product.id })).product).toBeNull();
    const published = await shop.query('mutation($id: ID!) { productPublish(id: $id) { product { status } userErrors { code message } } }', { id: product.id }, merchant.editor);
    expect(published.productPublish).toEqual({ product: { status: 'ACTIVE' }, userErrors: [] });
    const [small] = product.variants.nodes;
    const adjusted = await shop.adjust(merchant, [{ variantId: small.id, locationId, delta: 7 }]);
    expect(adjusted).toMatchObject({ levels: [{ onHand: 7, reserved: 0, available: 7, version: 1 }], userErrors: [] });

    const seen = (await shop.query(BY_ID, { id: product.id }, buyer(), { locale: 'zh', currency: 'USD' })).product;
    expect(seen).toMatchObject({ title: '雨衣', availableForSale: true, priceRange: { min: { amount: 1500, currency: 'USD' } }, categories: [{ slug: 'coats' }], merchant: { id: merchant.id } });
    expect(seen.variants.nodes).toEqual([
      { title: 'S', price: { amount: 9900, currency: 'CNY' }, availableForSale: true, availableQuantity: 7 },
      { title: 'M', price: { amount: 1500, currency: 'USD' }, availableForSale: false, availableQuantity: 0 },
    ]);
    const { stockReserve } = await shop.sibling('mutation($input: StockReserveInput!) { stockReserve(input: $input) { reserved shortages { variantId requested available } } }', {
      input: { groupId: 'group_1', lines: [{ variantId: small.id, quantity: 3 }] },
    });
    expect(stockReserve).toEqual({ reserved: true, shortages: [] });
    expect(await shop.brokenStock()).toEqual([]);
    const { products } = await shop.query('{ products { nodes { id title } totalCount } }');
    expect(products).toEqual({ nodes: [{ id: product.id, title: 'Rain coat' }], totalCount: 1 });
  });
});
