import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import { product } from '../../product/index.ts';
import { startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
let alice: Identity;
let merchantId: string;
let addressId: string;
beforeAll(async () => {
  shop = await startUserShop({}, [product]);
  alice = await shop.signUp('alice');
  merchantId = (await shop.apply(alice, 'alices-shop')).merchant.id;
  const input = { postalAddress: { recipientName: 'Alice', countryCode: 'CN', city: '上海', line1: '1' } };
  addressId = (
    await shop.ask('user', 'mutation($input: AddressCreateInput!) { addressCreate(input: $input) { address { id } } }', { input }, { identity: alice })
  ).data.addressCreate.address.id;
});
afterAll(() => shop[Symbol.asyncDispose]());

const NODES =
  'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on User { displayName email } ... on Merchant { slug } ... on Address { postalAddress { city } } } }';
const UPSERT = 'mutation($slug: String!) { categoryUpsert(input: { slug: $slug, name: [{ locale: "en", value: "Tea" }] }) { category { id } } }';
const nodes = async (ids: (string | null)[], identity: Identity = ANONYMOUS) => (await shop.ask('user', NODES, { ids }, { identity })).data.nodes;

test('an id gives its object, in the order asked for, as far as the caller may see', async () => {
  const ids = [alice.subject, merchantId, addressId, 'prod_01J', 'user_nobody', 'garbage', 'merch_nobody'];
  expect(await nodes(ids, alice)).toEqual([
    { __typename: 'User', id: alice.subject, displayName: 'alice', email: 'alice@example.test' },
    { __typename: 'Merchant', id: merchantId, slug: 'alices-shop' },
    { __typename: 'Address', id: addressId, postalAddress: { city: '上海' } },
    null,
    null,
    null,
    null,
  ]);
  const stranger = await nodes(ids, await shop.signUp('bob'));
  expect(stranger.slice(0, 3)).toEqual([{ __typename: 'User', id: alice.subject, displayName: 'alice', email: null }, null, null]);
});

test('a hundred ids of one type are one database call; one more is refused', async () => {
  shop.fetches.length = 0;
  await nodes(Array.from({ length: 100 }, (_, index) => `merch_${index}`));
  expect(shop.fetches.map((fetch) => fetch.commands)).toEqual([1]);
  const { errors } = await shop.ask('user', NODES, { ids: Array.from({ length: 101 }, (_, index) => `merch_${index}`) });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'ids' });
});

test('of what others own they say whether it is there, all in one question', async () => {
  const category = (await shop.ask('product', UPSERT, { slug: 'tea' }, { identity: await shop.admin() })).data.categoryUpsert.category.id;
  shop.fetches.length = 0;
  expect(await nodes(['prod_01J', category, 'var_01J', 'loc_01J'])).toEqual([null, { __typename: 'Category', id: category }, null, null]);
  expect(shop.fetches.map(({ subgraph }) => subgraph)).toEqual(['product', 'user']);
});

test('an owner that does not answer is no reason to say that its object is missing', async () => {
  const { errors } = await shop.ask('user', '{ node(id: "order_01J") { id } }');
  expect(errors?.map(({ path, extensions }) => [path, extensions?.['code']])).toEqual([[['node'], 'SERVICE_UNAVAILABLE']]);
});

test('node answers alike', async () => {
  const query = 'query($id: ID!) { node(id: $id) { __typename id } }';
  expect((await shop.ask('user', query, { id: alice.subject })).data.node).toEqual({ __typename: 'User', id: alice.subject });
  expect((await shop.ask('user', query, { id: '../etc/passwd' })).data.node).toBeNull();
});
