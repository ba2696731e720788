import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import { buyer, staff } from '../../../test/subgraphs.ts';
import { type CatalogueShop, CNY, type Merchant, startCatalogue, variant } from '../shop.fixture.ts';

const USD = (amount: number) => ({ amount, currency: 'USD' });

let shop: CatalogueShop;
let merchant: Merchant;
let other: Merchant;
let clothes: string;
let coats: string;
beforeAll(async () => {
  shop = await startCatalogue();
  merchant = await shop.merchant();
  other = await shop.merchant();
  clothes = await shop.category('clothes');
  coats = await shop.category('coats', clothes);
  const locationId = await shop.location(merchant);
  const add = (owner: Merchant, title: string, price: object, fields: object = {}, stock = 0) =>
    shop.published(
      owner,
      {
        title: [{ locale: 'en', value: title }],
        variants: [variant({ price, ...('prices' in fields ? { prices: fields.prices } : {}) })],
        categoryIds: 'categoryIds' in fields ? fields.categoryIds : [],
        ...('kind' in fields ? { kind: fields.kind, fulfilmentModes: ['DIGITAL_DELIVERY'] } : {}),
      },
      stock > 0 ? { locationId, quantity: stock } : undefined,
    );
  await add(merchant, 'A', CNY(300), { categoryIds: [coats] }, 2);
  await add(merchant, 'B', CNY(100), { categoryIds: [clothes], prices: [USD(90)] });
  await add(merchant, 'C', CNY(300), {}, 1);
  await add(other, 'D', USD(50), { categoryIds: [coats] });
  await add(other, 'E', USD(70), { kind: 'DIGITAL' });
  await shop.create(merchant, { title: [{ locale: 'en', value: 'Draft' }] });
});
afterAll(() => shop?.[Symbol.asyncDispose]());

const LIST =
  'query($filter: ProductFilter, $sort: ProductSort, $first: Int, $after: String) { products(filter: $filter, sort: $sort, first: $first, after: $after) { nodes { title status } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } }';
const list = async (variables: object = {}, who: Identity = ANONYMOUS, more: { currency?: string } = {}) =>
  (await shop.query(LIST, variables, who, more)).products;
const titles = async (variables: object = {}, who: Identity = ANONYMOUS, more: { currency?: string } = {}) =>
  (await list(variables, who, more)).nodes.map(({ title }: any) => title).join('');

describe('a list', () => {
  test.each([
    [{}, 'EDCBA'],
    [{ filter: { categoryId: 'clothes' } }, 'DBA'],
    [{ filter: { categoryId: 'coats' } }, 'DA'],
    [{ filter: { merchantId: 'merchant' } }, 'CBA'],
    [{ filter: { kind: 'DIGITAL' } }, 'E'],
    [{ filter: { inStockOnly: true } }, 'CA'],
    [{ filter: { priceMin: CNY(200) } }, 'CA'],
    [{ filter: { priceMax: CNY(200) } }, 'B'],
    [{ filter: { priceMin: USD(60), priceMax: USD(90) } }, 'EB'],
    [{ filter: { status: 'DRAFT' } }, 'EDCBA'],
    [{ filter: { updatedAt: { from: '2000-01-01T00:00:00Z', to: '2001-01-01T00:00:00Z' } } }, ''],
    [{ sort: 'PRICE_ASC' }, 'BACDE'],
    [{ sort: 'PRICE_DESC' }, 'EDCAB'],
    [{ sort: 'PRICE_ASC', filter: { priceMin: USD(0) } }, 'DEB'],
    [{ sort: 'PRICE_DESC', filter: { priceMin: USD(0) } }, 'BED'],
    [{ sort: 'BEST_SELLING' }, 'EDCBA'],
    [{ sort: 'RATING_DESC' }, 'EDCBA'],
  ])('with %j', async (given, expected) => {
    const text = JSON.stringify(given).replace('"clothes"', `"${clothes}"`).replace('"coats"', `"${coats}"`).replace('"merchant"', `"${merchant.id}"`);
    const variables = JSON.parse(text);
    expect(await titles(variables)).toBe(expected);
    expect((await list(variables)).totalCount).toBe(expected.length);
  });

  test("by price is of what is sold in the caller's currency", async () => {
    expect(await titles({ sort: 'PRICE_ASC' }, ANONYMOUS, { currency: 'USD' })).toBe('DEB');
    expect(await titles({ sort: 'PRICE_ASC' }, ANONYMOUS, { currency: 'EUR' })).toBe('');
  });

  test.each(['NEWEST', 'PRICE_ASC', 'PRICE_DESC', 'BEST_SELLING', 'RATING_DESC'])('by %s goes on exactly where the page before ended', async (sort) => {
    const all = await titles({ sort });
    let seen = '';
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo } = await list({ sort, first: 2, after });
      expect(pageInfo.hasPreviousPage).toBe(seen !== '');
      seen += nodes.map(({ title }: any) => title).join('');
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(seen).toBe(all);
  });

  test('does not lose or repeat a product that changes its place meanwhile', async () => {
    const { pageInfo } = await list({ first: 2 });
    await shop.published(merchant, { title: [{ locale: 'en', value: 'F' }] });
    expect(await titles({ first: 3, after: pageInfo.endCursor })).toBe('CBA');
  });

  test('refuses sizes and cursors that are none, and ranges that contradict', async () => {
    const { pageInfo } = await list({ first: 1 });
    const wrong = [
      { first: 0 },
      { first: -1 },
      { first: 101 },
      { first: 1_000_000_000 },
      { after: 'garbage' },
      { after: '' },
      { sort: 'PRICE_ASC', after: pageInfo.endCursor },
      { filter: { priceMin: CNY(5), priceMax: CNY(4) } },
      { filter: { priceMin: CNY(5), priceMax: USD(9) } },
      { filter: { priceMin: CNY(-5) } },
      { filter: { updatedAt: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } } },
    ];
    for (const variables of wrong) await expect(list(variables)).rejects.toThrow('BAD_USER_INPUT');
    const ofCategory = await shop.query('query($id: ID!) { category(id: $id) { products(first: 1) { pageInfo { endCursor } } } }', { id: clothes });
    await expect(list({ after: ofCategory.category.products.pageInfo.endCursor })).rejects.toThrow('BAD_USER_INPUT');
  });

  test("shows drafts to the merchant's own people and to staff only", async () => {
    const filter = { merchantId: merchant.id };
    expect(await titles({ filter, sort: 'NEWEST' }, merchant.editor)).toBe('FDraftCBA');
    expect(await titles({ filter: { ...filter, status: 'DRAFT' } }, merchant.editor)).toBe('Draft');
    expect(await titles({ filter: { status: 'DRAFT' } }, staff('catalog:moderate'))).toBe('Draft');
    for (const who of [ANONYMOUS, buyer(), other.editor]) expect(await titles({ filter: { ...filter, status: 'DRAFT' } }, who)).toBe('FCBA');
  });

  test('hangs on categories and merchants too', async () => {
    const { category } = await shop.query('query($id: ID!) { category(id: $id) { products(sort: PRICE_ASC) { nodes { title } totalCount } } }', {
      id: clothes,
    });
    expect(category.products).toEqual({ nodes: ['B', 'A', 'D'].map((title) => ({ title })), totalCount: 3 });
    const { _entities } = await shop.query(
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on Merchant { products(first: 1) { nodes { title } pageInfo { hasNextPage } } } } }',
      { r: [{ __typename: 'Merchant', id: other.id }] },
    );
    expect(_entities[0].products).toEqual({ nodes: [{ title: 'E' }], pageInfo: { hasNextPage: true } });
  });

  test('is one find, at 1 and at 50', async () => {
    const SCREEN =
      'query($first: Int) { products(first: $first) { nodes { id title media { url(width: 300) } priceRange { min { amount currency } } availableForSale merchant { id } } pageInfo { endCursor } } }';
    for (const first of [1, 50]) {
      const from = shop.fetches.length;
      await shop.query(SCREEN, { first });
      expect(shop.fetches.slice(from).map(({ commands }) => commands)).toEqual([1]);
    }
  });

  test('reads an index in each of its orders', async () => {
    const database = shop.running('product').runtime.database;
    const plan = async (filter: object, sort: Record<string, 1 | -1>) =>
      JSON.stringify((await database.collection('product').find(filter).sort(sort).limit(21).explain('queryPlanner'))['queryPlanner'].winningPlan);
    const orders: Record<string, 1 | -1>[] = [
      { createdAt: -1, _id: -1 },
      { soldCount: -1, _id: -1 },
      { 'rating.average': -1, 'rating.count': -1, _id: -1 },
      { ownCurrency: 1, 'ownPrice.min': 1, _id: 1 },
      { ownCurrency: -1, 'ownPrice.min': -1, _id: -1 },
    ];
    for (const filter of [{ isListed: true }, { isListed: true, categoryPath: clothes }]) {
      for (const sort of orders) expect(await plan(filter, sort)).not.toContain('"SORT"');
      expect(await plan({ ...filter, $and: [{ 'prices.CNY.min': { $exists: true } }] }, { 'prices.CNY.min': 1, _id: 1 })).not.toContain('"SORT"');
    }
  });
});

describe('the tree of categories', () => {
  const upsert = async (input: object) =>
    (
      await shop.query(
        'mutation($input: CategoryUpsertInput!) { categoryUpsert(input: $input) { category { id ancestors { slug } } userErrors { code path } } }',
        { input },
        staff('catalog:admin'),
      )
    ).categoryUpsert;
  const name = [
    { locale: 'en', value: 'A name' },
    { locale: 'zh', value: '名称' },
  ];

  test("is read from the roots down, in order, in the reader's language", async () => {
    const { category } = await upsert({ slug: 'toys', name, position: 5 });
    await upsert({ slug: 'dolls', name, parentId: category.id, position: 2 });
    await upsert({ slug: 'cars', name, parentId: category.id, position: 1 });
    const TREE = '{ categories { slug name children { slug parent { slug } ancestors { slug } } } }';
    const from = shop.fetches.length;
    const { categories } = await shop.query(TREE, {}, undefined, { locale: 'zh-CN' });
    expect(shop.fetches.slice(from).map(({ commands }) => commands)).toEqual([3]);
    expect(categories.find(({ slug }: any) => slug === 'toys')).toEqual({
      slug: 'toys',
      name: '名称',
      children: [
        { slug: 'cars', parent: { slug: 'toys' }, ancestors: [{ slug: 'toys' }] },
        { slug: 'dolls', parent: { slug: 'toys' }, ancestors: [{ slug: 'toys' }] },
      ],
    });
    expect((await shop.query('{ categoryBySlug(slug: "dolls") { slug } }')).categoryBySlug).toEqual({ slug: 'dolls' });
    expect((await shop.query('query($id: ID) { categories(parentId: $id) { slug } }', { id: category.id })).categories).toEqual([
      { slug: 'cars' },
      { slug: 'dolls' },
    ]);
  });

  test('is at most five deep, without circles, with slugs of their own', async () => {
    const ids: string[] = [];
    for (let depth = 1; depth <= 5; depth++) ids.push((await upsert({ slug: `depth-${depth}`, name, parentId: ids.at(-1) })).category.id);
    expect((await upsert({ slug: 'depth-6', name, parentId: ids[4] })).userErrors).toEqual([{ code: 'TOO_DEEP', path: ['input', 'parentId'] }]);
    expect((await upsert({ id: ids[0], slug: 'depth-1', name, parentId: ids[2] })).userErrors).toMatchObject([{ code: 'CYCLE' }]);
    expect((await upsert({ id: ids[0], slug: 'depth-1', name, parentId: clothes })).userErrors).toMatchObject([{ code: 'TOO_DEEP' }]);
    expect((await upsert({ slug: 'depth-1', name })).userErrors).toEqual([{ code: 'TAKEN', path: ['input', 'slug'] }]);
    expect((await upsert({ slug: 'Bad Slug', name: [], commissionRateBps: 10_001 })).userErrors.map(({ code }: any) => code)).toEqual([
      'FORMAT',
      'REQUIRED',
      'RANGE',
    ]);
    expect((await upsert({ slug: 'orphan', name, parentId: 'cat_none' })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    await expect(
      shop.query(
        'mutation($input: CategoryUpsertInput!) { categoryUpsert(input: $input) { userErrors { code } } }',
        { input: { slug: 'x', name } },
        merchant.editor,
      ),
    ).rejects.toThrow('FORBIDDEN');
  });

  test('takes its products along when a branch moves', async () => {
    const root = (await upsert({ slug: 'new-root', name })).category.id;
    await upsert({ id: coats, slug: 'coats', name, parentId: root });
    await shop.settle();
    expect([await titles({ filter: { categoryId: root } }), await titles({ filter: { categoryId: clothes } })]).toEqual(['DA', 'B']);
    expect((await shop.query('query($id: ID!) { category(id: $id) { ancestors { slug } } }', { id: coats })).category.ancestors).toEqual([
      { slug: 'new-root' },
    ]);
  });
});
