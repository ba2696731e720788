import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import { staff } from '../../../test/subgraphs.ts';
import { type CatalogueShop, key, type Merchant, startCatalogue } from '../shop.fixture.ts';

let shop: CatalogueShop;
let merchant: Merchant;
beforeAll(async () => {
  shop = await startCatalogue();
  merchant = await shop.merchant();
});
afterAll(() => shop?.[Symbol.asyncDispose]());

const ERRORS = 'userErrors { __typename code path ... on VersionConflictError { currentVersion } ... on InvalidStateError { currentState allowedStates } }';
const STATUS = `product { id status version updatedAt moderation { state reason } } ${ERRORS}`;
const change = async (name: string, id: string, who: Identity = merchant.editor) =>
  (await shop.query(`mutation($id: ID!) { product${name}(id: $id) { ${STATUS} } }`, { id }, who))[`product${name}`];
const update = async (input: object, who: Identity = merchant.editor) =>
  (await shop.query(`mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { ${STATUS} } }`, { input }, who)).productUpdate;
const moderate = async (input: object, who: Identity = staff('catalog:moderate')) =>
  (await shop.query(`mutation($input: ProductModerateInput!) { productModerate(input: $input) { ${STATUS} } }`, { input }, who)).productModerate;
const byId = async (id: string, who: Identity = ANONYMOUS) =>
  (await shop.query('query($id: ID!) { product(id: $id) { id status title } }', { id }, who)).product;
const en = (value: string) => [{ locale: 'en', value }];

describe('review', () => {
  test("of an individual's goods comes before they are shown, and again when they are edited", async () => {
    const person = await shop.merchant('INDIVIDUAL');
    const { product } = await shop.create(person, { title: en('Old bicycle') });
    expect(await change('Publish', product.id, person.editor)).toMatchObject({ product: { status: 'PENDING_REVIEW', moderation: { state: 'PENDING' } } });
    expect(await byId(product.id)).toBeNull();
    const pending = await shop.query('{ productsPendingModeration { nodes { id } totalCount } }', {}, staff('catalog:moderate'));
    expect(pending.productsPendingModeration).toEqual({ nodes: [{ id: product.id }], totalCount: 1 });
    await expect(shop.query('{ productsPendingModeration { nodes { id } } }', {}, person.editor)).rejects.toThrow('FORBIDDEN');

    expect(await moderate({ id: product.id, decision: 'REJECTED' })).toMatchObject({ userErrors: [{ code: 'REQUIRED', path: ['input', 'reason'] }] });
    expect(await moderate({ id: product.id, decision: 'PENDING' })).toMatchObject({ userErrors: [{ code: 'DECISION' }] });
    expect(await moderate({ id: product.id, decision: 'REJECTED', reason: 'Blurred picture' })).toMatchObject({
      product: { status: 'REJECTED', moderation: { state: 'REJECTED', reason: 'Blurred picture' } },
    });
    expect(await change('Publish', product.id, person.editor)).toMatchObject({ userErrors: [{ code: 'INVALID_STATE', currentState: 'REJECTED' }] });
    expect(await update({ id: product.id, title: en('Bicycle') }, person.editor)).toMatchObject({ product: { status: 'DRAFT' } });
    await change('Publish', product.id, person.editor);
    expect(await moderate({ id: product.id, decision: 'APPROVED' })).toMatchObject({ product: { status: 'ACTIVE', moderation: { state: 'APPROVED' } } });
    expect(await byId(product.id)).not.toBeNull();
    expect(await moderate({ id: product.id, decision: 'APPROVED' })).toMatchObject({ userErrors: [{ code: 'INVALID_STATE', currentState: 'ACTIVE' }] });
    expect(await update({ id: product.id, title: en('Bicycle, new') }, person.editor)).toMatchObject({ product: { status: 'PENDING_REVIEW' } });
    expect(await byId(product.id)).toBeNull();
    expect(await change('Unpublish', product.id, person.editor)).toMatchObject({ product: { status: 'DRAFT' } });
  });
});

describe('events', () => {
  test('tell each change of what is shown, in order and without gaps', async () => {
    const { id } = await shop.published(merchant, { title: en('Told') });
    await change('Publish', id);
    await update({ id, brand: 'B' });
    await change('Unpublish', id);
    await update({ id, brand: 'C' });
    await change('Archive', id);
    const events = await shop.running('product').runtime.database.collection('outbox').find({ subjectId: id }).sort({ sequence: 1 }).toArray();
    expect(events.map(({ topic, sequence }) => [topic, sequence])).toEqual([
      ['product.published', 1],
      ['product.updated', 2],
      ['product.updated', 3],
      ['product.archived', 4],
    ]);
    expect(events[0]?.['data']).toEqual({ productId: id, merchantId: merchant.id });
  });

  test('of sales and ratings order the lists, a sale once', async () => {
    const own = await shop.merchant();
    const [first, second] = [await shop.published(own, { title: en('First') }), await shop.published(own, { title: en('Second') })];
    const consume = (topic: string, data: object, _id = key()) =>
      shop.running('product').consume({ _id, topic, subjectId: 'subject', sequence: 1, at: new Date(), data: data as Record<string, unknown> });
    const paid = {
      orderId: 'order_1',
      lines: [
        { productId: first.id, quantity: 2 },
        { productId: first.id, quantity: 1 },
        { productId: 'prod_none', quantity: 1 },
      ],
    };
    const eventId = key();
    await Promise.all([consume('order.paid', paid, eventId), consume('order.paid', paid, eventId)]);
    await consume('review.rating_changed', { productId: second.id, merchantId: own.id, sum: 9, count: 2, average: 4.5 });
    const list = async (sort: string) =>
      (
        await shop.query('query($filter: ProductFilter, $sort: ProductSort) { products(filter: $filter, sort: $sort) { nodes { title } } }', {
          filter: { merchantId: own.id },
          sort,
        })
      ).products.nodes.map(({ title }: any) => title);
    expect([await list('BEST_SELLING'), await list('RATING_DESC')]).toEqual([
      ['First', 'Second'],
      ['Second', 'First'],
    ]);
    const sold = async (id: string) => (await shop.query('query ($id: ID!) { product(id: $id) { unitsSold } }', { id })).product.unitsSold;
    expect([await sold(first.id), await sold(second.id)]).toEqual([3, 0]);
  });
});
