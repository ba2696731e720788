import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { principalOf } from '#platform/identity.ts';
import { buyer, staff } from '../../../test/subgraphs.ts';
import { type CatalogueShop, CNY, key, type Merchant, startCatalogue } from '../shop.fixture.ts';

let shop: CatalogueShop;
let person: Merchant;
let categoryId: string;
let mediaId: string;
beforeAll(async () => {
  shop = await startCatalogue();
  person = await shop.merchant('INDIVIDUAL');
  categoryId = await shop.category('second-hand');
  const input = { filename: 'a.png', mimeType: 'image/png', byteSize: 10, sha256: createHash('sha256').digest('hex'), purpose: 'PRODUCT' };
  mediaId = (await shop.query('mutation($input: MediaUploadCreateInput!) { mediaUploadCreate(input: $input) { mediaId } }', { input }, person.editor))
    .mediaUploadCreate.mediaId;
  expect(principalOf(person.editor)).toContain('user:');
  await shop
    .running('product')
    .runtime.database.collection('media')
    .updateOne({ _id: mediaId as never }, { $set: { acceptedAt: new Date(), width: 10, height: 10 } });
});
afterAll(() => shop?.[Symbol.asyncDispose]());

const listing = (fields: object = {}) => ({
  merchantId: person.id,
  title: '旧自行车',
  description: '九成新',
  condition: 'GOOD',
  price: CNY(20_000),
  mediaIds: [mediaId],
  categoryId,
  cityName: '上海',
  fulfilmentModes: ['PICKUP', 'SHIPPING'],
  idempotencyKey: key(),
  ...fields,
});
const create = async (input: object, who = person.editor) =>
  (
    await shop.query(
      `mutation($input: ListingCreateInput!) { listingCreate(input: $input) { product { id kind status title listing { condition cityName acceptsOffers }
    variants { nodes { id quantityRule { maximum } availableQuantity inventory { onHand location { name } } } } } userErrors { code path } } }`,
      { input },
      who,
      { locale: 'zh' },
    )
  ).listingCreate;

describe('a listing', () => {
  test('is one item that waits for review, then is for sale', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => create(listing({ idempotencyKey: 'one-and-the-same-key' }))));
    const [{ product, userErrors }] = answers;
    expect(new Set(answers.map((answer) => answer.product.id)).size).toBe(1);
    expect(userErrors).toEqual([]);
    expect(product).toMatchObject({
      kind: 'C2C_LISTING',
      status: 'PENDING_REVIEW',
      title: '旧自行车',
      listing: { condition: 'GOOD', cityName: '上海', acceptsOffers: false },
    });
    expect(product.variants.nodes).toMatchObject([
      { quantityRule: { maximum: 1 }, availableQuantity: 1, inventory: [{ onHand: 1, location: { name: '上海' } }] },
    ]);
    await shop.query(
      'mutation($input: ProductModerateInput!) { productModerate(input: $input) { userErrors { code } } }',
      { input: { id: product.id, decision: 'APPROVED' } },
      staff('catalog:moderate'),
    );
    await shop.settle();
    const seen = await shop.query('query($id: ID!) { product(id: $id) { availableForSale media { id url(width: 100, format: WEBP) altText width } } }', {
      id: product.id,
    });
    expect(seen.product).toMatchObject({ availableForSale: true, media: [{ id: mediaId, altText: '旧自行车', width: 10 }] });
    expect(seen.product.media[0].url).toMatch(/\/media\/media_\w+\?width=100&format=webp$/);
    expect(await shop.brokenStock()).toEqual([]);
  });

  test.each([
    ['title', 'LENGTH', { title: ' ' }],
    ['description', 'LENGTH', { description: 'x'.repeat(20_001) }],
    ['price', 'RANGE', { price: CNY(-1) }],
    ['mediaIds', 'REQUIRED', { mediaIds: [] }],
    ['mediaIds', 'NOT_FOUND', { mediaIds: ['media_other'] }],
    ['categoryIds', 'NOT_FOUND', { categoryId: 'cat_none' }],
    ['cityName', 'LENGTH', { cityName: '' }],
    ['fulfilmentModes', 'FULFILMENT', { fulfilmentModes: ['DIGITAL_DELIVERY'] }],
    ['merchantId', 'NOT_FOUND', { merchantId: 'merchant_other' }],
  ])('with a wrong %s is refused (%s)', async (field, code, fields) => {
    const { product, userErrors } = await create(listing(fields));
    expect([product, userErrors[0]?.code, userErrors[0]?.path.slice(0, 2)]).toEqual([null, code, ['input', field]]);
  });

  test('is made by a member of the merchant only, while it is active', async () => {
    expect((await create(listing(), buyer())).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'merchantId'] }]);
    await shop.setStatus(person, 'SUSPEND');
    expect((await create(listing())).userErrors).toMatchObject([{ code: 'MERCHANT_NOT_ACTIVE', path: ['input', 'merchantId'] }]);
  });
});
