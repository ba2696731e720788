import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findDocuments } from '#platform/rows.ts';
import type { Siblings } from '#platform/siblings.ts';
import type { Coupon } from '../coupons/domain.ts';
import { type createLoaders as createCouponLoaders, usesKey } from '../coupons/loaders.ts';
import type { TaxTable } from '../pricing/tax-rates.ts';
import type { createLoaders as createShippingLoaders } from '../shipping/loaders.ts';
import { type PickupPoint, pickupPoints, type SellableVariant, sellableVariants } from '../siblings.ts';
import { type Assessment, assess, type CouponFacts, type Facts, merchantsToAskForPickup } from './assessment.ts';
import { OPEN_STATES } from './domain.ts';
import { Cart, type CartDocument, couponsOf } from './entities.ts';

type CouponLoaders = ReturnType<typeof createCouponLoaders>;
type ShippingLoaders = ReturnType<typeof createShippingLoaders>;

export function createLoaders(
  em: EntityManager,
  siblings: Siblings,
  taxTable: TaxTable,
  { shippingRatesByMerchant, ...couponLoaders }: ShippingLoaders & CouponLoaders,
) {
  const cart = oneByKey(
    (ids: readonly string[]) => findDocuments<CartDocument>(em, Cart, { _id: { $in: [...ids] } }),
    ({ _id }) => _id,
  );
  const openCart = oneByKey(
    (owners: readonly string[]) => findDocuments<CartDocument>(em, Cart, { owner: { $in: [...owners] }, state: { $in: [...OPEN_STATES] } }),
    ({ owner }) => owner,
  );
  const sellableVariant = oneByKey(
    (ids: readonly string[]) => sellableVariants(siblings, ids),
    ({ variantId }) => variantId,
  );
  const pickupPointsByMerchant = manyByKey(
    (merchantIds: readonly string[]) => pickupPoints(siblings, merchantIds),
    ({ merchantId }) => merchantId,
  );

  /** Assesses carts with one question for all their variants and one read of all their merchants' rates. */
  async function assessAll(carts: readonly CartDocument[]): Promise<Assessment[]> {
    const variantIds = [...new Set(carts.flatMap(({ lines }) => lines.map(({ variantId }) => variantId)))];
    const merchantIds = [...new Set(carts.flatMap(({ lines }) => lines.map(({ merchantId }) => merchantId)))];
    const [variants, rates] = await Promise.all([
      Promise.all(variantIds.map((id) => sellableVariant.load(id))),
      Promise.all(merchantIds.map((id) => shippingRatesByMerchant.load(id))),
    ]);
    const facts: Facts = {
      variants: new Map(variants.flatMap((variant) => (variant ? [[variant.variantId, variant] as const] : []))),
      rates: new Map(merchantIds.map((id, index) => [id, rates[index] ?? []])),
      pickupPoints: new Map<string, readonly PickupPoint[]>(),
      taxTable,
    };
    return Promise.all(
      carts.map(async (one) => {
        const known = couponsOf(one).length === 0 ? facts : { ...facts, coupons: await couponsIn(one) };
        return withPickup(assess(one, known), known);
      }),
    );
  }

  async function couponsIn(one: CartDocument): Promise<CouponFacts> {
    const coupons = await Promise.all(couponsOf(one).map(({ couponId }) => couponLoaders.coupon.load(couponId)));
    return couponFactsOf(
      couponLoaders,
      coupons.filter((coupon) => coupon !== null),
      one.owner,
    );
  }

  async function withPickup(assessment: Assessment, facts: Facts): Promise<Assessment> {
    const merchantIds = merchantsToAskForPickup(assessment);
    if (merchantIds.length === 0) return assessment;
    const places = await Promise.all(merchantIds.map((id) => pickupPointsByMerchant.load(id)));
    return assess(assessment.cart, { ...facts, pickupPoints: new Map(merchantIds.map((id, index) => [id, places[index] ?? []])) });
  }

  return {
    cart,
    openCart,
    sellableVariant,
    pickupPointsByMerchant,
    assessment: new DataLoader<CartDocument, Assessment>(assessAll),
  };
}

/** What some coupons are judged by, for one buyer. */
export async function couponFactsOf({ couponUses }: Pick<CouponLoaders, 'couponUses'>, coupons: readonly Coupon[], owner: string): Promise<CouponFacts> {
  const limited = coupons.filter(({ usageLimitPerUser }) => usageLimitPerUser !== null);
  const uses = await Promise.all(limited.map(({ id }) => couponUses.load(usesKey(id, owner))));
  return {
    now: new Date(),
    byId: new Map(coupons.map((coupon) => [coupon.id, coupon])),
    usesByBuyer: new Map(limited.map(({ id }, index) => [id, uses[index]?.count ?? 0])),
  };
}

/** Some variants as they are sold now, for rules that take them one by one. */
export async function offersOf(
  loader: DataLoader<string, SellableVariant | null>,
  variantIds: readonly string[],
): Promise<(variantId: string) => SellableVariant | null> {
  const ids = [...new Set(variantIds)];
  const variants = await Promise.all(ids.map((id) => loader.load(id)));
  const byId = new Map(ids.map((id, index) => [id, variants[index] ?? null]));
  return (variantId) => byId.get(variantId) ?? null;
}
