import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, staff } from '../../../test/subgraphs.ts';
import { startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
let alice: Identity;
beforeAll(async () => {
  shop = await startUserShop();
  alice = await shop.signUp('alice');
});
afterAll(() => shop[Symbol.asyncDispose]());

const FIELDS =
  'address { id label isDefaultShipping isDefaultBilling postalAddress { recipientName phone countryCode city line1 line2 postalCode } } userErrors { code path }';
const CREATE = `mutation($input: AddressCreateInput!) { addressCreate(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation($input: AddressUpdateInput!) { addressUpdate(input: $input) { ${FIELDS} } }`;
const DELETE = 'mutation($id: ID!) { addressDelete(id: $id) { deletedId userErrors { code path } } }';
const BOOK = '{ me { addresses { id label isDefaultShipping isDefaultBilling } } }';

const postalAddress = { recipientName: ' Alice ', countryCode: 'CN', city: '上海', line1: '南京路 1 号', phone: '+8613800138000' };
const create = async (identity: Identity, input: object = {}) =>
  (await shop.ask('user', CREATE, { input: { postalAddress, ...input } }, { identity })).data.addressCreate;
const book = async (identity: Identity) => (await shop.ask('user', BOOK, {}, { identity })).data.me.addresses;

test('an address is kept tidied, changed in part, and deleted', async () => {
  const { address, userErrors } = await create(alice, { label: 'Office' });
  expect(userErrors).toEqual([]);
  expect(address).toMatchObject({ label: 'Office', isDefaultShipping: false, postalAddress: { recipientName: 'Alice', line2: null } });
  const updated = await shop.ask('user', UPDATE, { input: { id: address.id, label: null, isDefaultBilling: true } }, { identity: alice });
  expect(updated.data.addressUpdate.address).toMatchObject({ label: null, isDefaultBilling: true, postalAddress: { city: '上海' } });
  expect((await shop.ask('user', DELETE, { id: address.id }, { identity: alice })).data.addressDelete).toEqual({ deletedId: address.id, userErrors: [] });
  expect((await shop.ask('user', DELETE, { id: address.id }, { identity: alice })).data.addressDelete).toEqual({
    deletedId: null,
    userErrors: [{ code: 'NOT_FOUND', path: ['id'] }],
  });
});

test('what is wrong is told by field', async () => {
  const { userErrors } = await create(alice, { label: 'x'.repeat(41), postalAddress: { ...postalAddress, city: ' ', line1: 'x'.repeat(201) } });
  expect(userErrors.map((error: any) => error.path.join('.'))).toEqual(['input.label', 'input.postalAddress.city', 'input.postalAddress.line1']);
});

test('a new default takes the place of the earlier one, also when ten come at once', async () => {
  const bob = await shop.signUp('bob');
  await create(bob, { isDefaultShipping: true });
  const answers = await Promise.all(Array.from({ length: 10 }, () => create(bob, { isDefaultShipping: true, isDefaultBilling: true })));
  expect(answers.every((answer) => answer.address)).toBe(true);
  const addresses = await book(bob);
  expect(addresses).toHaveLength(11);
  expect(addresses.filter((address: any) => address.isDefaultShipping)).toHaveLength(1);
  expect(addresses.filter((address: any) => address.isDefaultBilling)).toHaveLength(1);
});

test('a book holds twenty', async () => {
  const carol = await shop.signUp('carol');
  for (let index = 0; index < 20; index++) await create(carol);
  expect((await create(carol)).userErrors).toMatchObject([{ code: 'LIMIT_REACHED' }]);
  shop.fetches.length = 0;
  expect(await book(carol)).toHaveLength(20);
  expect(shop.fetches[0]?.commands).toBe(2);
});

test("another's address is none", async () => {
  const { address } = await create(alice);
  const mallory = await shop.signUp('mallory');
  const change = await shop.ask('user', UPDATE, { input: { id: address.id, label: 'mine' } }, { identity: mallory });
  expect(change.data.addressUpdate).toEqual({ address: null, userErrors: [{ code: 'NOT_FOUND', path: ['input', 'id'] }] });
  expect((await shop.ask('user', DELETE, { id: address.id }, { identity: mallory })).data.addressDelete.deletedId).toBeNull();
  const r = [{ __typename: 'Address', id: address.id }];
  const ENTITY = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Address { id } } }';
  expect((await shop.ask('user', ENTITY, { r }, { identity: mallory })).data._entities).toEqual([null]);
  expect((await shop.ask('user', ENTITY, { r }, { identity: alice })).data._entities).toEqual([{ id: address.id }]);
  const users = [{ __typename: 'User', id: alice.subject }];
  const OF_USER = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on User { addresses { id } } } }';
  expect((await shop.ask('user', OF_USER, { r: users }, { identity: mallory })).data._entities).toEqual([{ addresses: null }]);
  expect((await shop.ask('user', OF_USER, { r: users }, { identity: staff('users:read') })).data._entities[0].addresses).toHaveLength(1);
});

test('a sibling reads the delivery address of the caller', async () => {
  const { address } = await create(alice);
  const query = 'query($id: ID!) { deliveryAddress(id: $id) { recipientName city } }';
  expect((await shop.ask('user', query, { id: address.id }, { identity: alice, caller: 'cart' })).data.deliveryAddress).toEqual({
    recipientName: 'Alice',
    city: '上海',
  });
  expect((await shop.ask('user', query, { id: address.id }, { identity: buyer(), caller: 'cart' })).data.deliveryAddress).toBeNull();
  expect((await shop.ask('user', query, { id: address.id }, { identity: alice })).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
});
