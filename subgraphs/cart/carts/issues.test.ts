import { describe, expect, test } from 'vitest';
import type { PostalAddress, Rate } from '../shipping/domain.ts';
import type { PickupPoint, SellableVariant } from '../siblings.ts';
import { assess, type Facts, merchantsToAskForPickup } from './assessment.ts';
import type { StoredLine } from './domain.ts';
import type { CartDocument, StoredDelivery } from './entities.ts';
import { blockingIssuesOf, issuesOf, lineIssues } from './issues.ts';

const at = new Date(0);
const line = (variantId: string, quantity = 1, changes: Partial<StoredLine> = {}): StoredLine => ({
  id: `line-of-${variantId}`,
  position: 1,
  variantId,
  productId: variantId,
  merchantId: 'merchant_1',
  quantity,
  seen: { amount: 1000, currency: 'CNY' },
  reducedFrom: null,
  addedAt: at,
  ...changes,
});
const cartOf = (lines: StoredLine[], changes: Partial<CartDocument> = {}): CartDocument => ({
  _id: 'cart_1',
  createdAt: at,
  updatedAt: at,
  owner: 'user:u',
  userId: 'u',
  guestId: null,
  state: 'ACTIVE',
  version: 1,
  currency: 'CNY',
  currencyChosen: false,
  countryCode: 'CN',
  lines,
  deliveries: [],
  groupId: null,
  releasedGroups: [],
  appliedKeys: [],
  expiresAt: null,
  ...changes,
});
const variant = (variantId: string, changes: Partial<SellableVariant> = {}): SellableVariant => ({
  variantId,
  productId: variantId,
  merchantId: 'merchant_1',
  title: variantId,
  variantTitle: null,
  sku: variantId,
  imageUrl: null,
  options: [],
  prices: [{ amount: 1000, currency: 'CNY' }],
  taxCategory: 'standard',
  requiresShipping: true,
  isSellable: true,
  available: 10,
  minimum: 1,
  maximum: null,
  increment: 1,
  fulfilmentModes: ['SHIPPING', 'PICKUP'],
  ...changes,
});
const rate: Rate = {
  id: 'rate_1',
  merchantId: 'merchant_1',
  title: 'Standard',
  countries: ['CN'],
  price: { amount: 800, currency: 'CNY' },
  freeFrom: null,
  minDays: 1,
  maxDays: 2,
  enabled: true,
};
const address: PostalAddress = {
  recipientName: 'A',
  phone: null,
  company: null,
  countryCode: 'CN',
  region: null,
  city: 'B',
  district: null,
  line1: 'C',
  line2: null,
  postalCode: null,
};
const toAddress = (changes: Partial<StoredDelivery> = {}): StoredDelivery => ({ merchantId: 'merchant_1', optionId: null, address, ...changes });
const facts = (variants: SellableVariant[], rates: Rate[] = [rate], places: PickupPoint[] = []): Facts => ({
  variants: new Map(variants.map((one) => [one.variantId, one])),
  rates: new Map([['merchant_1', rates]]),
  pickupPoints: new Map([['merchant_1', places]]),
});
const codesOf = (cart: CartDocument, known: Facts) => issuesOf(assess(cart, known)).map(({ code }) => code);

describe('issues of a line', () => {
  const settled = { deliveries: [toAddress()] };
  test.each<[string, StoredLine, SellableVariant[], string[]]>([
    ['nothing changed', line('a'), [variant('a')], []],
    ['the price rose', line('a', 1, { seen: { amount: 900, currency: 'CNY' } }), [variant('a')], ['PRICE_CHANGED']],
    ['the price fell', line('a', 1, { seen: { amount: 1100, currency: 'CNY' } }), [variant('a')], ['PRICE_CHANGED']],
    ['too few are left', line('a', 11), [variant('a')], ['INSUFFICIENT_STOCK']],
    ['the merchant sells by six now', line('a', 4), [variant('a', { increment: 6 })], ['QUANTITY_NOT_ALLOWED']],
    ['a merge lowered it', line('a', 4, { reducedFrom: 9 }), [variant('a')], ['QUANTITY_REDUCED']],
    ['it is withdrawn', line('a'), [variant('a', { isSellable: false })], ['PRODUCT_UNAVAILABLE']],
    ['it is gone', line('a'), [], ['PRODUCT_UNAVAILABLE']],
    ['it has no price in the currency', line('a'), [variant('a', { prices: [{ amount: 1, currency: 'USD' }] })], ['NO_PRICE_IN_CURRENCY']],
  ])('%s', (_what, one, variants, codes) => {
    expect(codesOf(cartOf([one], settled), facts(variants))).toEqual(codes);
  });

  test('a changed price and a lowered quantity block nothing', () => {
    const cart = cartOf([line('a', 1, { seen: { amount: 900, currency: 'CNY' }, reducedFrom: 3 })], settled);
    expect(blockingIssuesOf(assess(cart, facts([variant('a')])))).toEqual([]);
  });
  test('a line that cannot be bought counts until it is removed, so that the parts sum to the whole', () => {
    const { totals, lines } = assess(cartOf([line('a', 2), line('b', 3)], settled), facts([variant('a')]));
    expect(totals).toMatchObject({ subtotal: 5000, shipping: 800, total: 5800 });
    expect(lines.get('line-of-b')).toMatchObject({ price: null, unitPrice: 1000, total: 3000 });
  });

  const judged = (live: Parameters<typeof lineIssues>[2], known = variant('a')) => {
    const found = assess(cartOf([line('a')]), facts([known])).lines.get('line-of-a');
    return found && lineIssues(found, 'CNY', live).map(({ code }) => code);
  };
  test('the live variant is believed before the batch', () => {
    const price = { amount: 1000, currency: 'CNY' };
    expect(judged({ price: { amount: 1200, currency: 'CNY' }, availableForSale: true, isActive: true })).toEqual(['PRICE_CHANGED']);
    expect(judged({ price: { amount: 150, currency: 'USD' }, availableForSale: true, isActive: true })).toEqual([]);
    expect(judged({ price, availableForSale: true, isActive: false })).toEqual(['PRODUCT_UNAVAILABLE']);
    expect(judged({ price, availableForSale: false, isActive: true })).toEqual(['PRODUCT_UNAVAILABLE']);
    expect(judged({ price, availableForSale: false, isActive: true }, variant('a', { available: 0 }))).toEqual(['INSUFFICIENT_STOCK']);
  });
});

describe('issues of delivery', () => {
  const place: PickupPoint = { locationId: 'l', merchantId: 'merchant_1', name: 'Shop', address: { countryCode: 'CN' } };
  test.each<[string, Partial<CartDocument>, Facts, string[]]>([
    ['no address yet', {}, facts([variant('a')]), ['DELIVERY_ADDRESS_MISSING']],
    ['an option, no address', { deliveries: [toAddress({ address: null, optionId: 'ship:rate_1' })] }, facts([variant('a')]), ['DELIVERY_ADDRESS_MISSING']],
    ['an address', { deliveries: [toAddress()] }, facts([variant('a')]), []],
    ['an option that is offered no more', { deliveries: [toAddress({ optionId: 'ship:old' })] }, facts([variant('a')]), ['DELIVERY_OPTION_UNAVAILABLE']],
    ['a merchant without rates', { deliveries: [toAddress()] }, facts([variant('a')], []), ['DELIVERY_IMPOSSIBLE']],
    [
      'an address where it does not deliver',
      { deliveries: [toAddress({ address: { ...address, countryCode: 'DE' } })] },
      facts([variant('a')]),
      ['DELIVERY_IMPOSSIBLE'],
    ],
    ['pick-up only, not chosen', { deliveries: [toAddress()] }, facts([variant('a')], [], [place]), ['DELIVERY_OPTION_MISSING']],
    ['pick-up chosen, no address', { deliveries: [toAddress({ address: null, optionId: 'pickup:l' })] }, facts([variant('a')], [], [place]), []],
    ['a download', {}, facts([variant('a', { requiresShipping: false, fulfilmentModes: ['DIGITAL_DELIVERY'] })], []), []],
  ])('%s', (_what, changes, known, codes) => {
    expect(codesOf(cartOf([line('a')], changes), known)).toEqual(codes);
  });

  test.each<[string, Partial<CartDocument>, Facts, string[]]>([
    ['not while shipping is offered', { deliveries: [toAddress()] }, facts([variant('a')]), []],
    ['not before there is a destination', { countryCode: null }, facts([variant('a')], []), []],
    ['when one was chosen', { deliveries: [toAddress({ optionId: 'pickup:l' })] }, facts([variant('a')]), ['merchant_1']],
    ['when nothing ships there', { deliveries: [toAddress()] }, facts([variant('a')], []), ['merchant_1']],
  ])('pick-up points are asked for %s', (_what, changes, known, merchants) => {
    expect(merchantsToAskForPickup(assess(cartOf([line('a')], changes), known))).toEqual(merchants);
  });
});
