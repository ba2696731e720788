import { expect, test } from 'vitest';
import { decimalsOf } from '#platform/money.ts';
import { type Random, seeded } from '../../../test/random.ts';
import type { Coupon, CouponKind } from '../coupons/domain.ts';
import type { Rate } from '../shipping/domain.ts';
import type { SellableVariant } from '../siblings.ts';
import { type Assessment, assess, type Facts } from './assessment.ts';
import type { CartDocument, StoredCoupon, StoredDelivery } from './entities.ts';
import type { StoredLine } from './domain.ts';
import { quoteOf } from '../checkout/quote.ts';

const CARTS = 10_000;
/** Set it to what a failure names, to see the same carts again. */
const SEED = 20_261_123;

/** Of any size: as many small ones as large ones. */
const amountOf = (random: Random, most: number): number => Math.floor(Math.exp(random.next() * Math.log(most + 1))) - 1;

const CURRENCIES = ['JPY', 'CNY', 'KWD'];
const COUNTRIES = ['CN', 'DE', 'JP', 'US', 'FI'];
const CATEGORIES = ['standard', 'reduced', 'digital', 'zero'];
const KINDS: readonly CouponKind[] = ['PERCENT', 'FIXED_AMOUNT', 'FREE_SHIPPING'];
const LONG_AGO = new Date(0);
const NOW = new Date('2026-06-01T00:00:00Z');
const LARGEST_PRICE = 9_000_000_000;

const address = (countryCode: string) => ({
  recipientName: 'Li Lei',
  phone: null,
  company: null,
  countryCode,
  region: null,
  city: 'Shanghai',
  district: null,
  line1: '1 Nanjing Road',
  line2: null,
  postalCode: null,
});

function coupon(random: Random, id: string, merchantId: string | null, currency: string): Coupon {
  const kind = random.pick(KINDS);
  const own = random.chance(0.95) ? currency : 'EUR';
  return {
    id,
    merchantId,
    code: id.toUpperCase(),
    kind,
    percentBps: kind === 'PERCENT' ? random.whole(1, 10_000) : null,
    amountOff: kind === 'FIXED_AMOUNT' ? { amount: 1 + amountOf(random, LARGEST_PRICE), currency: own } : null,
    minimumSubtotal: random.chance(0.2) ? { amount: 1 + amountOf(random, LARGEST_PRICE), currency: own } : null,
    usageLimit: random.chance(0.1) ? random.whole(1, 2) : null,
    usageLimitPerUser: null,
    usedCount: random.whole(0, 1),
    startsAt: null,
    endsAt: random.chance(0.05) ? LONG_AGO : null,
    enabled: random.chance(0.97),
  };
}

function variant(random: Random, variantId: string, merchantId: string, currency: string): SellableVariant {
  const isParcel = random.chance(0.8);
  return {
    variantId,
    productId: `of-${variantId}`,
    merchantId,
    prices: random.chance(0.97) ? [{ amount: amountOf(random, LARGEST_PRICE), currency }] : [],
    isSellable: true,
    available: 1_000,
    minimum: 1,
    maximum: null,
    increment: 1,
    title: 'Tea',
    variantTitle: null,
    sku: 'T',
    imageUrl: null,
    options: [],
    taxCategory: random.pick(CATEGORIES),
    requiresShipping: isParcel,
    fulfilmentModes: isParcel ? ['SHIPPING'] : ['DIGITAL_DELIVERY'],
  };
}

const rate = (random: Random, merchantId: string, currency: string, country: string): Rate => ({
  id: `rate-${merchantId}`,
  merchantId,
  title: 'Standard',
  countries: [country],
  price: { amount: amountOf(random, 100_000), currency },
  freeFrom: random.chance(0.3) ? { amount: amountOf(random, LARGEST_PRICE), currency } : null,
  minDays: 1,
  maxDays: 3,
  enabled: true,
});

function randomCart(random: Random): { cart: CartDocument; facts: Facts } {
  const currency = random.pick(CURRENCIES);
  const country = random.pick(COUNTRIES);
  const merchantIds = Array.from({ length: random.whole(1, 4) }, (_, index) => `m${index}`);
  const variants = new Map<string, SellableVariant>();
  const lines = Array.from({ length: random.whole(1, 8) }, (_, position): StoredLine => {
    const merchantId = random.pick(merchantIds);
    const goods = variant(random, `v${position}`, merchantId, currency);
    if (random.chance(0.98)) variants.set(goods.variantId, goods);
    const seen = { amount: goods.prices[0]?.amount ?? amountOf(random, 1000), currency };
    return {
      id: `l${position}`,
      position,
      variantId: goods.variantId,
      productId: goods.productId,
      merchantId,
      quantity: random.whole(1, 99),
      seen,
      reducedFrom: null,
      addedAt: NOW,
    };
  });
  const coupons = [...merchantIds, null].filter(() => random.chance(0.6)).map((merchantId, index) => coupon(random, `c${index}`, merchantId, currency));
  const cart: CartDocument = {
    _id: 'cart_1',
    createdAt: NOW,
    updatedAt: NOW,
    owner: 'user:1',
    userId: '1',
    guestId: null,
    state: 'ACTIVE',
    version: 1,
    currency,
    currencyChosen: true,
    countryCode: random.chance(0.9) ? country : null,
    lines,
    deliveries: merchantIds.filter(() => random.chance(0.9)).map((merchantId): StoredDelivery => ({ merchantId, optionId: null, address: address(country) })),
    coupons: coupons.map(({ id, code, merchantId }): StoredCoupon => ({ couponId: id, code, merchantId })),
    groupId: null,
    releasedGroups: [],
    appliedKeys: [],
    expiresAt: null,
  };
  const facts: Facts = {
    variants,
    rates: new Map(merchantIds.map((merchantId) => [merchantId, [rate(random, merchantId, currency, country)]])),
    pickupPoints: new Map(),
    coupons: { now: NOW, byId: new Map(coupons.map((one) => [one.id, one])), usesByBuyer: new Map() },
  };
  return { cart, facts };
}

const total = (amounts: readonly number[]): bigint => amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);

/** What does not add up, in words; recounted without the functions that are tried. */
function problemsOf({ cart, groups, coupons, totals, lines }: Assessment, facts: Facts): string[] {
  const found: string[] = [];
  const agree = (what: string, part: bigint, whole: number) => {
    if (part !== BigInt(whole)) found.push(`${what}: ${part} is not ${whole}`);
  };
  const within = (what: string, amount: number, most: number) => {
    if (!Number.isSafeInteger(amount) || amount < 0 || amount > most) found.push(`${what}: ${amount} is not within 0 to ${most}`);
  };
  if (lines.size !== cart.lines.length) found.push('a line is lost');
  for (const { lines: own, totals: sums, shippingDiscounts, selected } of groups) {
    for (const line of own) {
      agree('line subtotal', BigInt(line.unitPrice) * BigInt(line.line.quantity), line.subtotal);
      agree('line discount', total(line.discounts.map(({ amount }) => amount)), line.discount);
      agree('line total', BigInt(line.subtotal) - BigInt(line.discount), line.total);
      within('line total', line.total, line.subtotal);
      within('line tax', line.tax, line.total);
    }
    agree('group subtotal', total(own.map((line) => line.subtotal)), sums.subtotal);
    agree('group discount', total(own.map((line) => line.discount)), sums.discount);
    agree('group shipping', BigInt(selected?.price ?? 0) - total(shippingDiscounts.map(({ amount }) => amount)), sums.shipping);
    agree('group total', total(own.map((line) => line.total)) + BigInt(sums.shipping), sums.total);
    within('group shipping', sums.shipping, selected?.price ?? 0);
    within('group tax', sums.tax, sums.total);
  }
  for (const field of ['subtotal', 'discount', 'shipping', 'tax', 'total'] as const)
    agree(`cart ${field}`, total(groups.map(({ totals: sums }) => sums[field])), totals[field]);
  const discounts = groups.flatMap((group) => [...group.lines.flatMap((line) => line.discounts), ...group.shippingDiscounts]);
  for (const { couponId, merchantId, amount, objection } of coupons) {
    agree(`coupon ${couponId}`, total(discounts.filter((discount) => discount.couponId === couponId).map((discount) => discount.amount)), amount);
    if (objection !== null && amount !== 0) found.push(`coupon ${couponId} counts although ${objection.code}`);
    const isStray = groups.some(
      (group) =>
        merchantId !== null && group.merchantId !== merchantId && group.lines.some((line) => line.discounts.some((discount) => discount.couponId === couponId)),
    );
    if (isStray) found.push(`coupon ${couponId} takes from another merchant`);
    const off = facts.coupons?.byId.get(couponId)?.amountOff;
    if (off) within(`coupon ${couponId}`, amount, off.amount);
  }
  return found;
}

test(`${CARTS} random carts sum to the minor unit, line by line, merchant by merchant and coupon by coupon`, () => {
  expect(CURRENCIES.map(decimalsOf)).toEqual([0, 2, 3]);
  const seen = { discounted: 0, shippingOff: 0, blocked: 0, several: 0, free: 0 };
  for (let index = 0; index < CARTS; index++) {
    const { cart, facts } = randomCart(seeded(SEED + index));
    const assessment = assess(cart, facts);
    const problems = problemsOf(assessment, facts);
    expect(problems, `cart of seed ${SEED + index}: ${JSON.stringify(cart)}`).toEqual([]);
    const quote = quoteOf(assessment, 'en');
    const platform = quote.groups.flatMap(({ lines, shippingDiscounts }) => [...lines.flatMap(({ discounts }) => discounts), ...shippingDiscounts]);
    expect(
      platform.every(({ couponId, amount }) => amount > 0 && quote.coupons.some((used) => used.couponId === couponId)),
      `quote of seed ${SEED + index}`,
    ).toBe(true);
    seen.discounted += Number(assessment.totals.discount > 0);
    seen.shippingOff += Number(assessment.groups.some(({ shippingDiscounts }) => shippingDiscounts.length > 0));
    seen.blocked += Number(assessment.coupons.some(({ objection }) => objection !== null));
    seen.several += Number(assessment.groups.length > 1);
    seen.free += Number(assessment.totals.total === 0);
  }
  // It was tried what was meant to be tried.
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(CARTS / 100);
});
