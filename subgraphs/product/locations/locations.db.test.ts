import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import { buyer } from '../../../test/subgraphs.ts';
import { type CatalogueShop, type Merchant, startCatalogue } from '../shop.fixture.ts';

let shop: CatalogueShop;
let merchant: Merchant;
beforeAll(async () => {
  shop = await startCatalogue();
  merchant = await shop.merchant();
});
afterAll(() => shop?.[Symbol.asyncDispose]());

const address = { recipientName: 'Counter', countryCode: 'CN', city: 'Shanghai', district: 'Huangpu', line1: '1 Nanjing Road' };
const given = (fields: object = {}) => ({ merchantId: merchant.id, name: 'Bund shop', address, timeZone: 'Asia/Shanghai', offersPickup: true, ...fields });
const upsert = async (fields: object = {}, who: Identity = merchant.editor) =>
  (
    await shop.query(
      `mutation($input: LocationUpsertInput!) { locationUpsert(input: $input) { location { id name isActive offersPickup geo { latitude longitude } openingHours { dayOfWeek opens closes }
        address { city line2 } merchant { id } } userErrors { code path } } }`,
      { input: given(fields) },
      who,
    )
  ).locationUpsert;
const near = async (latitude: number, longitude: number, args = '') =>
  (await shop.query(`query($near: GeoPointInput!) { pickupLocations(near: $near${args}) { name } }`, { near: { latitude, longitude } })).pickupLocations.map(
    ({ name }: any) => name,
  );
const locationsOf = async (who: Identity = ANONYMOUS) =>
  (
    await shop.query(
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on Merchant { locations { name } } } }',
      { r: [{ __typename: 'Merchant', id: merchant.id }] },
      who,
    )
  )._entities[0].locations;

describe('a location', () => {
  test('is made, changed, and seen by whom it concerns', async () => {
    const hours = [{ dayOfWeek: 1, opens: '09:00', closes: '24:00' }];
    const { location, userErrors } = await upsert({ geo: { latitude: 31.2397, longitude: 121.4998 }, openingHours: hours });
    expect(userErrors).toEqual([]);
    expect(location).toMatchObject({
      isActive: true,
      geo: { latitude: 31.2397, longitude: 121.4998 },
      openingHours: hours,
      address: { city: 'Shanghai', line2: null },
      merchant: { id: merchant.id },
    });
    await upsert({ name: 'Depot', offersPickup: false });
    expect((await upsert({ id: location.id, name: 'Bund', geo: { latitude: 31.2397, longitude: 121.4998 } })).location).toMatchObject({
      name: 'Bund',
      openingHours: hours,
    });
    expect(await locationsOf()).toEqual([{ name: 'Bund' }]);
    expect((await locationsOf(merchant.editor)).map(({ name }: any) => name).sort()).toEqual(['Bund', 'Depot']);
    const { pickupPoints } = await shop.sibling('query($ids: [ID!]!) { pickupPoints(merchantIds: $ids) { name merchantId address { city } } }', {
      ids: [merchant.id],
    });
    expect(pickupPoints).toEqual([{ name: 'Bund', merchantId: merchant.id, address: { city: 'Shanghai' } }]);
  });

  test('offers pick-up to those who are near, the nearest first, while its merchant trades', async () => {
    await upsert({ name: 'Pudong', geo: { latitude: 31.2204, longitude: 121.5448 } });
    expect(await near(31.24, 121.5)).toEqual(['Bund', 'Pudong']);
    expect(await near(31.22, 121.55)).toEqual(['Pudong', 'Bund']);
    expect(await near(31.24, 121.5, ', radiusMetres: 1000')).toEqual(['Bund']);
    expect(await near(31.24, 121.5, ', first: 1')).toEqual(['Bund']);
    for (const args of [', radiusMetres: 0', ', radiusMetres: 100001', ', first: 0', ', first: 101'])
      await expect(near(31, 121, args)).rejects.toThrow('BAD_USER_INPUT');
    for (const [latitude, longitude] of [
      [91, 0],
      [0, 181],
    ] as const)
      await expect(near(latitude, longitude)).rejects.toThrow('BAD_USER_INPUT');
    await shop.setStatus(merchant, 'SUSPEND');
    expect(await near(31.24, 121.5)).toEqual([]);
    await shop.setStatus(merchant, 'REINSTATE');
  });

  test.each([
    ['name', 'LENGTH', { name: ' ' }],
    ['address', 'LENGTH', { address: { ...address, city: '' } }],
    ['address', 'LENGTH', { address: { ...address, line2: 'x'.repeat(201) } }],
    ['geo', 'RANGE', { geo: { latitude: 95, longitude: 0 } }],
    ['openingHours', 'RANGE', { openingHours: [{ dayOfWeek: 0, opens: '09:00', closes: '10:00' }] }],
    ['openingHours', 'FORMAT', { openingHours: [{ dayOfWeek: 1, opens: '9', closes: '10:00' }] }],
    ['openingHours', 'RANGE', { openingHours: [{ dayOfWeek: 1, opens: '18:00', closes: '09:00' }] }],
    ['id', 'NOT_FOUND', { id: 'loc_none' }],
    ['merchantId', 'NOT_FOUND', { merchantId: 'merchant_none' }],
  ])('with a wrong %s is refused (%s)', async (field, code, fields) => {
    const { location, userErrors } = await upsert(fields);
    expect([location, userErrors[0]?.code, userErrors[0]?.path.slice(0, 2)]).toEqual([null, code, ['input', field]]);
  });

  test("is changed by its merchant's members only", async () => {
    const { location } = await upsert({ name: 'Third' });
    const other = await shop.merchant();
    expect((await upsert({ id: location.id }, other.editor)).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'merchantId'] }]);
    expect((await upsert({ id: location.id, merchantId: other.id }, other.editor)).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'id'] }]);
    await expect(upsert({}, buyer())).rejects.toThrow('FORBIDDEN');
  });
});
