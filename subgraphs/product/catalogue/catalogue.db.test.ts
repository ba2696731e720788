import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import { buyer, staff } from '../../../test/subgraphs.ts';
import { type CatalogueShop, CNY, key, type Merchant, startCatalogue, variant } from '../shop.fixture.ts';

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
const setVariants = async (input: object, who: Identity = merchant.editor) =>
  (
    await shop.query(
      `mutation($input: ProductVariantsSetInput!) { productVariantsSet(input: $input) { product { priceRange { min { amount } max { amount } } defaultVariant { sku } variants { nodes { id sku isActive } } } ${ERRORS} } }`,
      { input },
      who,
    )
  ).productVariantsSet;
const byId = async (id: string, who: Identity = ANONYMOUS) =>
  (await shop.query('query($id: ID!) { product(id: $id) { id status title } }', { id }, who)).product;
const refer = async (id: string, who: Identity = ANONYMOUS) =>
  (await shop.query('query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { id title } } }', { r: [{ __typename: 'Product', id }] }, who))
    ._entities[0];
const en = (value: string) => [{ locale: 'en', value }];

describe('a product', () => {
  test('is created, published, stocked, seen and sold', async () => {
    const categoryId = await shop.category('rain-wear');
    const locationId = await shop.location(merchant);
    const { product, userErrors } = await shop.create(merchant, {
      title: [...en('Rain coat'), { locale: 'zh-CN', value: '雨衣' }],
      categoryIds: [categoryId],
      options: [{ name: 'Size', values: ['S', 'M'] }],
      variants: [
        variant({ sku: 'RC-S', selectedOptions: [{ name: 'Size', value: 'S' }], price: CNY(9900) }),
        variant({
          sku: 'RC-M',
          selectedOptions: [{ name: 'Size', value: 'M' }],
          price: CNY(10900),
          prices: [{ amount: 1500, currency: 'USD' }],
          compareAtPrice: CNY(12900),
        }),
      ],
    });
    expect(userErrors).toEqual([]);
    expect(product).toMatchObject({ slug: 'rain-coat', status: 'DRAFT', version: 1 });
    expect(await change('Publish', product.id)).toMatchObject({ product: { status: 'ACTIVE' }, userErrors: [] });
    const [small, medium] = product.variants.nodes;
    await shop.adjust(merchant, [{ variantId: small.id, locationId, delta: 7 }]);

    const BY_SLUG = `query($merchantSlug: String!) { productBySlug(merchantSlug: $merchantSlug, slug: "rain-coat") { title availableForSale
      priceRange { min { amount currency } max { amount } } categories { slug } merchant { id } defaultVariant { sku }
      variantByOptions(selected: [{ name: "Size", value: "M" }]) { id compareAtPrice { amount } prices { currency } }
      variants(first: 1) { nodes { title price { amount currency } availableQuantity } pageInfo { hasNextPage endCursor } } } }`;
    const seen = (await shop.query(BY_SLUG, { merchantSlug: merchant.slug }, buyer(), { locale: 'zh', currency: 'USD' })).productBySlug;
    expect(seen).toMatchObject({
      title: '雨衣',
      availableForSale: true,
      priceRange: { min: { amount: 1500, currency: 'USD' }, max: { amount: 1500 } },
      categories: [{ slug: 'rain-wear' }],
      merchant: { id: merchant.id },
      defaultVariant: { sku: 'RC-S' },
      variantByOptions: { id: medium.id, compareAtPrice: null, prices: [{ currency: 'CNY' }, { currency: 'USD' }] },
      variants: { nodes: [{ title: 'S', price: { amount: 9900, currency: 'CNY' }, availableQuantity: 7 }], pageInfo: { hasNextPage: true } },
    });
    const next = await shop.query(
      'query($id: ID!, $after: String) { product(id: $id) { variants(after: $after) { nodes { title compareAtPrice { amount } } } } }',
      { id: product.id, after: seen.variants.pageInfo.endCursor },
    );
    expect(next.product.variants.nodes).toEqual([{ title: 'M', compareAtPrice: { amount: 12900 } }]);
  });

  test('is created once per key, whoever asks again in the meantime', async () => {
    const fields = { title: en('Only once'), variants: [variant({ sku: 'ONCE' })], idempotencyKey: key() };
    const answers = await Promise.all(Array.from({ length: 6 }, () => shop.create(merchant, fields)));
    expect(new Set(answers.map(({ product }) => product.id)).size).toBe(1);
    expect((await shop.create(merchant, { ...fields, title: en('Another') })).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_PARAMETER_MISMATCH' }]);
  });

  test('of many created at once has a slug and SKUs of its own', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => shop.create(merchant, { title: en('Same title') })));
    expect(new Set(answers.map(({ product }) => product.slug)).size).toBe(5);
    const races = await Promise.all(Array.from({ length: 5 }, () => shop.create(merchant, { variants: [variant({ sku: 'RACE' })] })));
    expect(races.filter(({ product }) => product !== null)).toHaveLength(1);
    expect(races.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(['SKU_TAKEN', 'SKU_TAKEN', 'SKU_TAKEN', 'SKU_TAKEN']);
    expect((await shop.create(await shop.merchant(), { variants: [variant({ sku: 'RACE' })] })).userErrors).toEqual([]);
  });

  const size = { name: 'Size', values: ['S', 'M'] };
  const choice = (value: string) => ({ selectedOptions: [{ name: 'Size', value }] });
  test.each([
    ['title', 'REQUIRED', { title: [] }],
    ['title', 'LENGTH', { title: en(' ') }],
    ['title', 'LENGTH', { title: en('x'.repeat(201)) }],
    ['title', 'DUPLICATE', { title: [...en('a'), ...en('b')] }],
    ['slug', 'FORMAT', { slug: 'Not a slug' }],
    ['brand', 'LENGTH', { brand: 'x'.repeat(81) }],
    ['categoryIds', 'NOT_FOUND', { categoryIds: ['cat_none'] }],
    ['mediaIds', 'NOT_FOUND', { mediaIds: ['media_none'] }],
    ['mediaIds', 'TOO_MANY', { mediaIds: Array.from({ length: 13 }, (_, index) => `media_${index}`) }],
    ['fulfilmentModes', 'FULFILMENT', { fulfilmentModes: [] }],
    ['fulfilmentModes', 'FULFILMENT', { fulfilmentModes: ['DIGITAL_DELIVERY'] }],
    ['kind', 'KIND', { kind: 'C2C_LISTING' }],
    ['variants', 'REQUIRED', { variants: [] }],
    ['variants', 'TOO_MANY', { variants: Array.from({ length: 101 }, () => variant()) }],
    ['variants', 'DUPLICATE', { variants: [variant({ sku: 'D' }), variant({ sku: 'D', ...choice('S') })], options: [size] }],
    ['variants', 'DUPLICATE', { variants: [variant(choice('S')), variant(choice('S'))], options: [size] }],
    ['variants', 'OPTIONS', { variants: [variant(choice('XL'))], options: [size] }],
    ['variants', 'OPTIONS', { variants: [variant()], options: [size] }],
    ['variants', 'OPTIONS', { variants: [variant(choice('S'))] }],
    ['options', 'TOO_MANY', { options: ['A', 'B', 'C', 'D'].map((name) => ({ name, values: ['1'] })), variants: [variant()] }],
    ['options', 'DUPLICATE', { options: [{ name: 'Size', values: ['S', 'S'] }], variants: [variant(choice('S'))] }],
    ['variants', 'RANGE', { variants: [variant({ price: CNY(-1) })] }],
    ['variants', 'RANGE', { variants: [variant({ price: CNY(9_000_000_000_001) })] }],
    ['variants', 'RANGE', { variants: [variant({ compareAtPrice: CNY(1000) })] }],
    ['variants', 'CURRENCY', { variants: [variant({ compareAtPrice: { amount: 5000, currency: 'USD' } })] }],
    ['variants', 'DUPLICATE', { variants: [variant({ prices: [CNY(5)] })] }],
    ['variants', 'RANGE', { variants: [variant({ quantityRule: { minimum: 3, increment: 2 } })] }],
    ['variants', 'RANGE', { variants: [variant({ weightGrams: -1 })] }],
    ['variants', 'LENGTH', { variants: [variant({ sku: ' ' })] }],
    ['attributes', 'LENGTH', { attributes: [{ key: '', value: 'x' }] }],
    ['merchantId', 'NOT_FOUND', { merchantId: 'merchant_other' }],
  ])('with a wrong %s is refused (%s)', async (field, code, fields) => {
    const { product, userErrors } = await shop.create(merchant, fields);
    expect([product, userErrors[0]?.code, userErrors[0]?.path.slice(0, 2)]).toEqual([null, code, ['input', field]]);
  });

  test('costs more than 2^31 minor units where it must', async () => {
    const { id } = await shop.published(merchant, { title: en('Ship'), variants: [variant({ price: CNY(9_000_000_000_000) })] });
    expect((await shop.query('query($id: ID!) { product(id: $id) { priceRange { max { amount decimal } } } }', { id })).product.priceRange.max).toEqual({
      amount: 9_000_000_000_000,
      decimal: '90000000000.00',
    });
  });
});

describe('who sees a product', () => {
  test('everybody while it is for sale, its merchant always, orders once it was shown', async () => {
    const { product } = await shop.create(merchant, { title: en('Seen') });
    const { id } = product;
    const stranger = (await shop.merchant()).editor;
    const everybody = async () => [await byId(id), await byId(id, buyer()), await byId(id, stranger), await refer(id)].map((seen) => seen !== null);
    expect([await everybody(), await byId(id, merchant.editor)]).toMatchObject([[false, false, false, false], { status: 'DRAFT' }]);
    await change('Publish', id);
    expect(await everybody()).toEqual([true, true, true, true]);
    await change('Unpublish', id);
    expect([await everybody(), await byId(id, merchant.editor), await byId(id, staff('catalog:moderate'))]).toMatchObject([
      [false, false, false, true],
      { status: 'INACTIVE' },
      { status: 'INACTIVE' },
    ]);
    await change('Publish', id);
    await change('Archive', id);
    expect([await everybody(), await byId(id, merchant.editor)]).toMatchObject([[false, false, false, true], { status: 'ARCHIVED' }]);
    expect(await change('Publish', id)).toMatchObject({ product: null, userErrors: [{ code: 'INVALID_STATE', currentState: 'ARCHIVED' }] });
    expect(await update({ id, brand: 'x' })).toMatchObject({ userErrors: [{ code: 'INVALID_STATE' }] });
    expect(await refer('prod_none')).toBeNull();
  });

  test('nobody who is not its merchant changes it, or can tell that it is there', async () => {
    const { product } = await shop.create(merchant, { title: en('Ours') });
    const stranger = (await shop.merchant()).editor;
    const missing = await change('Publish', 'prod_none', stranger);
    for (const name of ['Publish', 'Unpublish', 'Archive']) expect(await change(name, product.id, stranger)).toEqual(missing);
    expect((await update({ id: product.id, brand: 'x' }, stranger)).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'id'] }]);
    expect((await setVariants({ productId: product.id, variants: [variant()] }, stranger)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    await expect(change('Publish', product.id, buyer())).rejects.toThrow('FORBIDDEN');
    await expect(change('Publish', product.id, ANONYMOUS)).rejects.toThrow('UNAUTHENTICATED');
  });

  test('one whose merchant does not trade is on no list and cannot be published', async () => {
    const own = await shop.merchant();
    const { id } = await shop.published(own, { title: en('Suspended') });
    const listed = async () =>
      (await shop.query('query($filter: ProductFilter) { products(filter: $filter) { nodes { id } } }', { filter: { merchantId: own.id } })).products.nodes;
    expect(await listed()).toEqual([{ id }]);
    await shop.setStatus(own, 'SUSPEND');
    expect([await listed(), await byId(id)]).toMatchObject([[], { status: 'ACTIVE' }]);
    const { product } = await shop.create(own);
    expect(await change('Publish', product.id, own.editor)).toMatchObject({
      product: null,
      userErrors: [{ code: 'MERCHANT_NOT_ACTIVE', currentState: 'SUSPENDED', allowedStates: ['ACTIVE'] }],
    });
    await shop.setStatus(own, 'REINSTATE');
    expect(await listed()).toEqual([{ id }]);
  });
});

describe('editing', () => {
  test('by two with the same expectation is won by one', async () => {
    const { product } = await shop.create(merchant, { title: en('Contended') });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => update({ id: product.id, expectedUpdatedAt: product.updatedAt, title: en(`By ${index}`) })),
    );
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(answers.filter(({ userErrors }) => userErrors[0]?.code === 'VERSION_CONFLICT' && userErrors[0].currentVersion === 2)).toHaveLength(7);
  });

  test('without an expectation loses nothing', async () => {
    const { product } = await shop.create(merchant, { title: en('Merged') });
    await Promise.all([
      update({ id: product.id, brand: 'Acme' }),
      update({ id: product.id, title: en('Renamed') }),
      update({ id: product.id, attributes: [{ key: 'screen_size', value: '27' }] }),
    ]);
    const seen = await shop.query(
      'query($id: ID!) { product(id: $id) { brand title version attributes { label value } } }',
      { id: product.id },
      merchant.editor,
    );
    expect(seen.product).toEqual({ brand: 'Acme', title: 'Renamed', version: 4, attributes: [{ label: 'Screen size', value: '27' }] });
  });

  test('the variants keeps those that are named, swaps their SKUs, and takes out the rest', async () => {
    const options = [{ name: 'Size', values: ['S', 'M', 'L'] }];
    const of = (value: string) => ({ selectedOptions: [{ name: 'Size', value }] });
    const { product } = await shop.create(merchant, {
      options,
      variants: [
        variant({ sku: 'A', ...of('S') }),
        variant({ sku: 'B', ...of('M'), prices: [{ amount: 7, currency: 'USD' }] }),
        variant({ sku: 'C', ...of('L') }),
      ],
    });
    const [a, b] = product.variants.nodes;
    const answer = await setVariants({
      productId: product.id,
      variants: [
        variant({ id: b.id, sku: 'A', ...of('M'), price: CNY(500) }),
        variant({ id: a.id, sku: 'B', ...of('S'), price: CNY(900), isActive: false }),
        variant({ sku: 'NEW', ...of('L'), price: CNY(700) }),
      ],
    });
    expect(answer).toMatchObject({
      userErrors: [],
      product: {
        priceRange: { min: { amount: 500 }, max: { amount: 700 } },
        defaultVariant: { sku: 'A' },
        variants: { nodes: [{ id: b.id, sku: 'A', isActive: true }, { id: a.id, sku: 'B', isActive: false }, { sku: 'NEW' }] },
      },
    });
    const kept = await shop.query('query($id: ID!) { productVariant(id: $id) { prices { amount currency } } }', { id: b.id }, merchant.editor);
    expect(kept.productVariant.prices).toEqual([CNY(500), { amount: 7, currency: 'USD' }]);
    expect((await setVariants({ productId: product.id, variants: [variant({ id: 'var_other', ...of('S') })] })).userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'variants', '0', 'id'] },
    ]);
    const back = await setVariants({ productId: product.id, variants: [variant({ sku: 'C', ...of('S') })] });
    expect(back).toMatchObject({ userErrors: [], product: { variants: { nodes: [{ id: product.variants.nodes[2].id, sku: 'C' }] } } });
  });

  test('a variant that is not for sale is hidden from others', async () => {
    const { product } = await shop.create(merchant, { variants: [variant({ sku: 'HID', isActive: false })] });
    expect(await change('Publish', product.id)).toMatchObject({ userErrors: [{ code: 'NO_ACTIVE_VARIANT' }] });
  });
});
