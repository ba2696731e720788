import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer, member } from '../../test/subgraphs.ts';
import { ADDRESS, type CartShop, GROUPS, type Seller, startCartShop } from './cart.fixture.ts';

let shop: CartShop;
let tea: Seller;
beforeAll(async () => {
  shop = await startCartShop();
  tea = await shop.seller();
});
afterAll(() => shop[Symbol.asyncDispose]());

const READ = `totals { shipping { amount } tax { amount } total { amount } } readyForCheckout issues { code blocking ... on DeliveryIssue { merchantId } } ${GROUPS}`;
const codes = (cart: any) => cart.issues.map(({ code }: any) => code);

describe('shipping rates', () => {
  const UPSERT =
    'mutation($input: ShippingRateUpsertInput!) { shippingRateUpsert(input: $input) { shippingRate { id title price { amount currency } enabled } userErrors { __typename code path } } }';
  const terms = {
    title: 'Express',
    countries: ['CN', 'HK'],
    price: { amount: 1500, currency: 'CNY' },
    freeFrom: { amount: 20_000, currency: 'CNY' },
    minDays: 1,
    maxDays: 2,
  };
  const upsert = async (input: object, identity = tea.identity) => (await shop.ask('cart', UPSERT, { input }, { identity })).data.shippingRateUpsert;

  test('are made, changed and listed by their merchant', async () => {
    const seller = await shop.seller();
    const { shippingRate } = await upsert({ merchantId: seller.merchantId, ...terms }, seller.identity);
    expect(shippingRate).toMatchObject({ title: 'Express', enabled: true });
    await upsert({ id: shippingRate.id, merchantId: seller.merchantId, ...terms, title: 'Overnight', enabled: false }, seller.identity);
    const RATES =
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on Merchant { shippingRates { id title enabled freeFrom { amount } countries minDays maxDays } } } }';
    const variables = { r: [{ __typename: 'Merchant', id: seller.merchantId }] };
    expect((await shop.ask('cart', RATES, variables, { identity: seller.identity })).data._entities[0].shippingRates).toEqual([
      { id: shippingRate.id, title: 'Overnight', enabled: false, freeFrom: { amount: 20_000 }, countries: ['CN', 'HK'], minDays: 1, maxDays: 2 },
    ]);
    expect((await shop.ask('cart', RATES, variables, { identity: tea.identity })).data._entities[0].shippingRates).toBeNull();
  });

  test('of another merchant are not found, and a wrong one names its fields', async () => {
    const stranger = member('merchant_other', ['shipping:write']);
    expect(await upsert({ merchantId: tea.merchantId, ...terms }, stranger)).toMatchObject({
      shippingRate: null,
      userErrors: [{ __typename: 'NotFoundError', path: ['input', 'merchantId'] }],
    });
    expect(await upsert({ id: 'rate_x', merchantId: tea.merchantId, ...terms })).toMatchObject({ userErrors: [{ code: 'NOT_FOUND', path: ['input', 'id'] }] });
    expect(await upsert({ merchantId: tea.merchantId, ...terms, title: ' ', countries: [], minDays: 5, price: { amount: -1, currency: 'CNY' } })).toMatchObject(
      {
        userErrors: [{ path: ['input', 'title'] }, { path: ['input', 'countries'] }, { path: ['input', 'price'] }, { path: ['input', 'maxDays'] }],
      },
    );
    const clerk = await shop.ask('cart', UPSERT, { input: { merchantId: tea.merchantId, ...terms } }, { identity: buyer() });
    expect(clerk.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('delivery', () => {
  test('with an address the cheapest that ships there is taken, and any other can be chosen', async () => {
    const seller = await shop.seller();
    const express = await seller.rate({ title: 'Express', price: { amount: 1500, currency: 'CNY' } });
    const standard = await seller.rate({ freeFrom: { amount: 5000, currency: 'CNY' } });
    const client = shop.as(buyer());
    await client.put(await seller.sell({ price: 1130 }), 2);
    expect(codes(await client.read(READ))).toEqual(['DELIVERY_ADDRESS_MISSING']);

    await client.deliver({ merchantId: seller.merchantId, address: ADDRESS });
    const preset = await client.read(READ);
    expect(preset).toMatchObject({ readyForCheckout: true, issues: [], totals: { shipping: { amount: 800 }, tax: { amount: 352 }, total: { amount: 3060 } } });
    expect(preset.groups).toMatchObject([
      {
        merchant: { id: seller.merchantId },
        lines: { length: 1 },
        shippingAddress: { recipientName: '王小明', city: '上海', line2: null },
        selectedDelivery: { id: `ship:${standard.id}`, mode: 'SHIPPING', title: 'Standard', price: { amount: 800 } },
        deliveryOptions: [
          { id: `ship:${standard.id}` },
          { id: `ship:${express.id}`, estimatedTo: expect.any(String) },
          { id: `pickup:${seller.locationId}`, mode: 'PICKUP', title: 'Shop', price: { amount: 0 } },
        ],
      },
    ]);

    await client.deliver({ merchantId: seller.merchantId, deliveryOptionId: `ship:${express.id}` });
    expect(await client.read(READ)).toMatchObject({
      totals: { shipping: { amount: 1500 }, total: { amount: 3760 } },
      groups: [{ shippingAddress: { city: '上海' } }],
    });
  });

  test('a pick-up point needs no address and costs nothing', async () => {
    const client = shop.as(buyer());
    await client.put(await tea.sell());
    await client.deliver({ merchantId: tea.merchantId, pickupLocationId: tea.locationId });
    expect(await client.read(READ)).toMatchObject({
      readyForCheckout: true,
      totals: { shipping: { amount: 0 } },
      groups: [{ pickupLocation: { id: tea.locationId }, selectedDelivery: { mode: 'PICKUP', title: 'Shop' } }],
    });
  });

  test('what is picked up is taxed where the shop is, wherever the buyer says to be', async () => {
    const client = shop.as(buyer());
    await client.put(await tea.sell({ price: 1130 }));
    await client.deliver({ merchantId: tea.merchantId, pickupLocationId: tea.locationId });
    for (const countryCode of ['DE', 'US', 'CN']) {
      await client.change('cartContextSet', 'CartContextSetInput', { countryCode });
      expect(await client.read(READ)).toMatchObject({ totals: { tax: { amount: 130 }, total: { amount: 1130 } } });
    }
  });

  test('a choice that is offered no more blocks, and is not replaced in silence', async () => {
    const seller = await shop.seller();
    await seller.rate({ title: 'Cheap', price: { amount: 1, currency: 'CNY' } });
    const dear = await seller.rate({ title: 'Dear', price: { amount: 900, currency: 'CNY' } });
    const client = shop.as(buyer());
    await client.put(await seller.sell());
    await client.deliver({ merchantId: seller.merchantId, address: ADDRESS, deliveryOptionId: `ship:${dear.id}` });
    await seller.rate({ id: dear.id, title: 'Dear', price: { amount: 900, currency: 'CNY' }, enabled: false });
    expect(await client.read(READ)).toMatchObject({
      readyForCheckout: false,
      issues: [{ code: 'DELIVERY_OPTION_UNAVAILABLE', merchantId: seller.merchantId, blocking: true }],
      totals: { shipping: { amount: 0 } },
    });
  });

  test('a merchant that does not deliver there says so', async () => {
    const seller = await shop.seller();
    await seller.rate();
    const client = shop.as(buyer());
    await client.put(await seller.sell({ product: { fulfilmentModes: ['SHIPPING'] } }));
    await client.deliver({ merchantId: seller.merchantId, address: { ...ADDRESS, countryCode: 'DE' } });
    expect(codes(await client.read(READ))).toEqual(['DELIVERY_IMPOSSIBLE']);
  });

  test('digital goods need neither address nor choice', async () => {
    const client = shop.as(buyer());
    await client.put(await tea.sell({ product: { kind: 'DIGITAL', fulfilmentModes: ['DIGITAL_DELIVERY'] }, variant: { requiresShipping: false } }));
    expect(await client.read(READ)).toMatchObject({
      readyForCheckout: true,
      issues: [],
      groups: [{ selectedDelivery: { id: 'digital', mode: 'DIGITAL', title: 'Digital delivery' }, shippingAddress: null }],
    });
  });

  test('each merchant has a group of its own, and their totals sum to the cart’s', async () => {
    const seller = await shop.seller();
    await seller.rate();
    await tea.rate({ price: { amount: 333, currency: 'CNY' } });
    const client = shop.as(buyer());
    await client.put(await tea.sell({ price: 777 }), 3);
    await client.put(await seller.sell({ price: 555 }));
    for (const merchantId of [tea.merchantId, seller.merchantId]) await client.deliver({ merchantId, address: ADDRESS });
    const { totals, groups } = await client.read(READ);
    expect(groups.map((group: any) => group.totals.total.amount)).toEqual([777 * 3 + 333, 555 + 800]);
    expect(totals.total.amount).toBe(777 * 3 + 333 + 555 + 800);
    expect(totals.tax.amount).toBe(groups[0].totals.tax.amount + groups[1].totals.tax.amount);
  });

  test('a saved address is copied, and only one’s own', async () => {
    const identity = buyer();
    const client = shop.as(identity);
    await client.put(await tea.sell());
    const CREATE = 'mutation($input: AddressCreateInput!) { addressCreate(input: $input) { address { id } userErrors { code message path } } }';
    const saved = await shop.ask('user', CREATE, { input: { postalAddress: ADDRESS } }, { identity });
    const { cart } = await client.deliver({ merchantId: tea.merchantId, addressId: saved.data.addressCreate.address.id });
    expect(cart.version).toBe(2);
    expect((await client.read(READ)).groups).toMatchObject([{ shippingAddress: { recipientName: '王小明', city: '上海' } }]);
    const other = shop.as(buyer());
    await other.put(await tea.sell());
    expect((await other.deliver({ merchantId: tea.merchantId, addressId: saved.data.addressCreate.address.id })).userErrors).toMatchObject([
      { __typename: 'NotFoundError', path: ['input', 'addressId'] },
    ]);
    expect((await client.deliver({ merchantId: tea.merchantId, addressId: 'address_of_another' })).userErrors).toMatchObject([
      { __typename: 'NotFoundError', path: ['input', 'addressId'] },
    ]);
  });

  test.each<[string, object, string[]]>([
    ['another merchant', { merchantId: 'merchant_x', address: ADDRESS }, ['input', 'merchantId']],
    ['nothing', {}, ['input']],
    ['a blank city', { address: { ...ADDRESS, city: ' ' } }, ['input', 'address', 'city']],
    ['two addresses', { addressId: 'a', address: ADDRESS }, ['input', 'addressId']],
    ['an option that is not there', { deliveryOptionId: 'ship:nothing' }, ['input', 'deliveryOptionId']],
    ['a shop that is not there', { pickupLocationId: 'location_x' }, ['input', 'pickupLocationId']],
    ['two options', { pickupLocationId: 'location_x', deliveryOptionId: 'ship:nothing' }, ['input', 'pickupLocationId']],
  ])('%s is refused, naming the field', async (_what, input, path) => {
    const client = shop.as(buyer());
    await client.put(await tea.sell());
    const answer = await client.deliver({ merchantId: tea.merchantId, ...input });
    expect(answer.userErrors).toMatchObject([{ path }]);
    expect(answer.cart.version).toBe(1);
  });
});
