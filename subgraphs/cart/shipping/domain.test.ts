import { describe, expect, test } from 'vitest';
import { checkedAddress, type DeliveryNeeds, deliveryOptions, isPhysical, type Rate, rateProblems, selectedOption } from './domain.ts';

const rate = (id: string, amount: number, changes: Partial<Rate> = {}): Rate => ({
  id,
  merchantId: 'merchant_1',
  title: id,
  countries: ['CN'],
  price: { amount, currency: 'CNY' },
  freeFrom: null,
  minDays: 1,
  maxDays: 3,
  enabled: true,
  ...changes,
});
const parcel = { requiresShipping: true, fulfilmentModes: ['SHIPPING', 'PICKUP'] };
const needs = (changes: Partial<DeliveryNeeds> = {}): DeliveryNeeds => ({ goods: [parcel], country: 'CN', currency: 'CNY', goodsTotal: 5000, ...changes });
const shop = { locationId: 'location_1', name: 'Shop' };
const idsOf = (options: readonly { id: string }[]) => options.map(({ id }) => id);

describe('delivery options', () => {
  test('shipping comes first, cheapest first, then pick-up', () => {
    expect(idsOf(deliveryOptions(needs(), [rate('a', 900), rate('b', 500)], [shop]))).toEqual(['ship:b', 'ship:a', 'pickup:location_1']);
  });
  test.each<[string, Partial<Rate>, Partial<DeliveryNeeds>]>([
    ['a disabled rate', { enabled: false }, {}],
    ['a rate for other countries', { countries: ['DE'] }, {}],
    ['a rate in another currency', {}, { currency: 'EUR' }],
    ['any rate while the country is unknown', {}, { country: null }],
  ])('%s is not offered', (_what, ofRate, ofNeeds) => {
    expect(deliveryOptions(needs(ofNeeds), [rate('a', 500, ofRate)], [])).toEqual([]);
  });
  test.each([
    [4999, 500],
    [5000, 0],
  ])('goods of %i pay %i where it is free from 5000', (goodsTotal, price) => {
    expect(deliveryOptions(needs({ goodsTotal }), [rate('a', 500, { freeFrom: { amount: 5000, currency: 'CNY' } })], [])[0]?.price).toBe(price);
  });
  test('a way is offered only if all goods in parcels allow it', () => {
    const goods = [parcel, { requiresShipping: true, fulfilmentModes: ['PICKUP'] }];
    expect(idsOf(deliveryOptions(needs({ goods }), [rate('a', 500)], [shop]))).toEqual(['pickup:location_1']);
  });
  test('digital goods ride along with a parcel, and need none of their own', () => {
    const download = { requiresShipping: true, fulfilmentModes: ['DIGITAL_DELIVERY'] };
    expect(isPhysical(download)).toBe(false);
    expect(idsOf(deliveryOptions(needs({ goods: [download] }), [rate('a', 500)], [shop]))).toEqual(['digital']);
    expect(idsOf(deliveryOptions(needs({ goods: [parcel, download] }), [rate('a', 500)], []))).toEqual(['ship:a']);
  });
  test('a service is done on site', () => {
    expect(idsOf(deliveryOptions(needs({ goods: [{ requiresShipping: false, fulfilmentModes: ['ON_SITE_SERVICE'] }] }), [], []))).toEqual(['on-site']);
  });
  test('nothing to deliver, nothing to choose', () => {
    expect(deliveryOptions(needs({ goods: [] }), [rate('a', 500)], [shop])).toEqual([]);
  });
});

describe('the selected option', () => {
  const options = deliveryOptions(needs(), [rate('a', 900), rate('b', 500)], [shop]);

  test.each([
    ['the chosen one', 'ship:a', false, 'ship:a'],
    ['the cheapest that ships, once there is an address', null, true, 'ship:b'],
    ['none before there is an address', null, false, null],
    ['none in place of a choice that is offered no more', 'ship:gone', true, null],
  ])('%s', (_what, chosen, hasAddress, expected) => {
    expect(selectedOption(options, chosen, hasAddress)?.id ?? null).toBe(expected);
  });
  test('pick-up is never chosen for the buyer', () => {
    expect(selectedOption(deliveryOptions(needs(), [], [shop]), null, true)).toBeNull();
  });
  test('digital delivery needs no choice', () => {
    const digital = deliveryOptions(needs({ goods: [{ requiresShipping: false, fulfilmentModes: ['DIGITAL_DELIVERY'] }] }), [], []);
    expect(selectedOption(digital, null, false)?.mode).toBe('DIGITAL');
  });
});

describe('shipping rates', () => {
  test('a sound one has no problems', () => {
    expect(rateProblems(rate('Standard', 0))).toEqual([]);
  });
  test.each<[string, Partial<Rate>]>([
    ['title', { title: '' }],
    ['title', { title: 'x'.repeat(81) }],
    ['countries', { countries: [] }],
    ['countries', { countries: ['CN', 'CN'] }],
    ['price', { price: { amount: -1, currency: 'CNY' } }],
    ['freeFrom', { freeFrom: { amount: 100, currency: 'USD' } }],
    ['freeFrom', { freeFrom: { amount: -1, currency: 'CNY' } }],
    ['minDays', { minDays: -1 }],
    ['maxDays', { maxDays: 0 }],
    ['maxDays', { maxDays: 366 }],
  ])('a wrong %s is named', (field, changes) => {
    expect(rateProblems(rate('Standard', 500, changes)).map(({ path }) => path)).toEqual([['input', field]]);
  });
});

describe('addresses', () => {
  const draft = { recipientName: ' 王小明 ', countryCode: 'CN', city: '上海', line1: '南京路 1 号', region: '  ' };

  test('are kept trimmed, what is absent as null', () => {
    expect(checkedAddress(draft, ['input', 'address'])).toMatchObject({ address: { recipientName: '王小明', region: null, line2: null, phone: null } });
  });
  test.each([
    ['recipientName', { recipientName: ' ' }],
    ['city', { city: '' }],
    ['line1', { line1: 'x'.repeat(201) }],
    ['postalCode', { postalCode: '1'.repeat(21) }],
  ])('a wrong %s is named', (field, changes) => {
    expect(checkedAddress({ ...draft, ...changes }, ['input', 'address'])).toMatchObject({ userErrors: [{ path: ['input', 'address', field] }] });
  });
});
