import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CatalogueShop, CNY, type Merchant, startCatalogue, variant } from '../shop.fixture.ts';

let shop: CatalogueShop;
let merchant: Merchant;
let clothes: string;
let coats: string;

const text = (en: string, zh: string) => [
  { locale: 'en', value: en },
  { locale: 'zh', value: zh },
];

beforeAll(async () => {
  shop = await startCatalogue();
  merchant = await shop.merchant();
  clothes = await shop.category('clothes');
  coats = await shop.category('coats', clothes);
  const locationId = await shop.location(merchant);
  const add = (title: object[], brand: string | null, price: number, fields: object = {}, stock = 0) =>
    shop.published(merchant, { title, brand, variants: [variant({ price: CNY(price) })], ...fields }, stock > 0 ? { locationId, quantity: stock } : undefined);
  await add(text('Red rain coat', '红色雨衣'), 'Nimbus', 9_900, { categoryIds: [coats] }, 3);
  await add(text('Blue rain coat', '蓝色雨衣'), 'Nimbus', 4_900, { categoryIds: [coats] });
  await add(text('Umbrella', '雨伞'), 'Stratus', 2_900, { categoryIds: [clothes], description: text('For rain; goes with a coat.', '下雨用') }, 5);
  await add(text('Wool coat', '羊毛大衣'), 'Stratus', 59_900, { categoryIds: [coats] }, 1);
  await add(text('Rain sounds', '雨声'), null, 900, { kind: 'DIGITAL', fulfilmentModes: ['DIGITAL_DELIVERY'] });
  await shop.create(merchant, { title: text('Draft rain coat', '草稿雨衣') });
  await shop.settle();
});
afterAll(() => shop?.[Symbol.asyncDispose]());

const SEARCH = `query($input: ProductSearchInput!, $first: Int, $after: String) { productSearch(input: $input, first: $first, after: $after) {
  edges { score node { title } } nodes { title } pageInfo { hasNextPage endCursor } totalCount { value isExact }
  facets { key label values { value label count selected } } } }`;
const search = async (query: string, input: object = {}, args: object = {}, more: { locale?: string; currency?: string } = {}) =>
  (await shop.query(SEARCH, { input: { query, ...input }, ...args }, undefined, more)).productSearch;
const titles = async (query: string, input: object = {}) => (await search(query, input)).nodes.map(({ title }: any) => title);
const facet = (result: any, key: string) =>
  Object.fromEntries(result.facets.find((one: any) => one.key === key).values.map(({ value, count }: any) => [value, count]));

describe('a search', () => {
  test.each([
    ['rain', ['Rain sounds', 'Blue rain coat', 'Red rain coat', 'Umbrella']],
    ['coats', ['Wool coat', 'Blue rain coat', 'Red rain coat', 'Umbrella']],
    ['rain coat', ['Blue rain coat', 'Red rain coat', 'Umbrella']],
    ['雨衣', ['Blue rain coat', 'Red rain coat']],
    ['红色雨衣', ['Red rain coat']],
    ['nimbus', ['Blue rain coat', 'Red rain coat']],
    ['Nimbus 雨', ['Blue rain coat', 'Red rain coat']],
    ['snow', []],
    ['!!!', []],
  ])('for %j finds what has all its words, titles first', async (query, expected) => {
    const found = await titles(query);
    expect([...found].sort()).toEqual([...expected].sort());
    expect(found.at(-1)).toBe(expected.includes('Umbrella') ? 'Umbrella' : found.at(-1));
  });

  test('scores from 0 to 1, the better the higher', async () => {
    const { edges } = await search('rain coat');
    expect(edges.map(({ score }: any) => score)).toEqual([1, 1, 0.2]);
  });

  test.each([
    ['PRICE_ASC', ['Umbrella', 'Blue rain coat', 'Red rain coat', 'Wool coat']],
    ['PRICE_DESC', ['Wool coat', 'Red rain coat', 'Blue rain coat', 'Umbrella']],
    ['NEWEST', ['Wool coat', 'Umbrella', 'Blue rain coat', 'Red rain coat']],
  ])('is sorted by %s', async (sort, expected) => {
    expect(await titles('coat', { sort })).toEqual(expected);
  });

  test.each(['RELEVANCE', 'PRICE_ASC', 'RATING_DESC'])('by %s goes on exactly where the page before ended', async (sort) => {
    const all = await titles('', { sort });
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo } = await search('', { sort }, { first: 2, after });
      seen.push(...nodes.map(({ title }: any) => title));
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect([seen, seen.length]).toEqual([all, 5]);
  });

  test('does not go on from a cursor of another query', async () => {
    const { pageInfo } = await search('rain', {}, { first: 1 });
    await expect(search('coat', {}, { first: 1, after: pageInfo.endCursor })).rejects.toThrow('BAD_USER_INPUT');
    await expect(search('rain', {}, { first: 1, after: 'garbage' })).rejects.toThrow('BAD_USER_INPUT');
    for (const first of [0, -1, 101]) await expect(search('rain', {}, { first })).rejects.toThrow('BAD_USER_INPUT');
    await expect(search('x'.repeat(201))).rejects.toThrow('BAD_USER_INPUT');
  });

  test('takes two commands with its facets, however many it finds', async () => {
    for (const first of [1, 50]) {
      const from = shop.fetches.length;
      await shop.query(SEARCH.replace(' label values { value label', ' values { value'), { input: { query: '' }, first });
      expect(shop.fetches.slice(from).map(({ commands }) => commands)).toEqual([2]);
    }
    const from = shop.fetches.length;
    await search('rain');
    expect(shop.fetches.slice(from).map(({ commands }) => commands)).toEqual([3]);
  });
});

describe('facets', () => {
  test('sum to the total where each product has one value', async () => {
    const result = await search('', {}, {}, { currency: 'CNY' });
    expect(result.totalCount).toEqual({ value: 5, isExact: true });
    for (const key of ['kind', 'availability', 'price']) expect(Object.values<number>(facet(result, key)).reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(facet(result, 'brand')).toEqual({ Nimbus: 2, Stratus: 2 });
    expect(facet(result, 'category')).toEqual({ [clothes]: 4, [coats]: 3 });
    expect(facet(result, 'price')).toEqual({ '0-5000': 3, '5000-10000': 1, '50000-100000': 1 });
    expect(facet(result, 'availability')).toEqual({ in_stock: 3, out_of_stock: 2 });
  });

  test('exclude their own selection and follow the others', async () => {
    const result = await search('', {
      facets: [
        { key: 'brand', values: ['Nimbus'] },
        { key: 'availability', values: ['in_stock'] },
      ],
    });
    expect(result.nodes).toEqual([{ title: 'Red rain coat' }]);
    expect(result.totalCount.value).toBe(1);
    expect(facet(result, 'brand')).toEqual({ Stratus: 2, Nimbus: 1 });
    expect(facet(result, 'availability')).toEqual({ in_stock: 1, out_of_stock: 1 });
    expect(facet(result, 'category')).toEqual({ [clothes]: 1, [coats]: 1 });
  });

  test('keep what is selected and not there, and name it', async () => {
    const result = await search('', { facets: [{ key: 'brand', values: ['Nobody'] }] }, {}, { locale: 'zh', currency: 'CNY' });
    expect(result.facets.find(({ key }: any) => key === 'brand')).toMatchObject({
      label: '品牌',
      values: [{ value: 'Nimbus' }, { value: 'Stratus' }, { value: 'Nobody', count: 0, selected: true }],
    });
    const priced = await search('', { facets: [{ key: 'price', values: ['0-5000', '50000-100000'] }] }, {}, { currency: 'CNY' });
    expect(priced.totalCount.value).toBe(4);
    expect(priced.facets.find(({ key }: any) => key === 'price').values[0]).toEqual({ value: '0-5000', label: 'CNY 0.00 – 50.00', count: 3, selected: true });
  });

  test.each([
    [{ key: 'colour', values: [] }, undefined],
    [{ key: 'price', values: ['0-5000'] }, undefined],
    [{ key: 'price', values: ['cheap'] }, 'CNY'],
    [{ key: 'price', values: ['1e9-'] }, 'CNY'],
  ])('of %j are refused', async (wrong, currency) => {
    await expect(search('', { facets: [wrong] }, {}, currency ? { currency } : {})).rejects.toThrow('BAD_USER_INPUT');
  });
});

test('suggestions are titles with a word that begins like what is typed', async () => {
  const suggest = async (prefix: string, locale = 'en') =>
    (
      await shop.query('query($prefix: String!) { searchSuggestions(prefix: $prefix) { text product { id } } }', { prefix }, undefined, { locale })
    ).searchSuggestions.map(({ text: title }: any) => title);
  expect(await suggest('umb')).toEqual(['Umbrella']);
  expect((await suggest('rain co')).sort()).toEqual(['Blue rain coat', 'Red rain coat']);
  expect((await suggest('雨', 'zh')).sort()).toEqual(['红色雨衣', '蓝色雨衣', '雨伞', '雨声']);
  expect(await suggest('.*')).toEqual([]);
  expect(await suggest('')).toEqual([]);
});
