import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, member, staff, startSubgraphs, type TestSubgraphs } from '../../test/subgraphs.ts';
import { cart } from '../cart/index.ts';
import { product } from '../product/index.ts';
import { MERCHANT_ROLES } from '../user/domain.ts';
import { user } from '../user/index.ts';
import { orderPayment } from './index.ts';

/** A merchant that trades, with its owner's rights. */
export interface ShopMerchant {
  readonly merchantId: string;
  readonly locationId: string;
  readonly owner: Identity;
}

export interface FilledCart {
  readonly id: string;
  readonly version: number;
  readonly total: { amount: number; currency: string };
}

export interface StockLevel {
  readonly onHand: number;
  readonly available: number;
  readonly reserved: number;
}

/** The four subgraphs that make a sale, and what tests do with them again and again. */
export interface Shop extends TestSubgraphs {
  /** Asks, and answers the one root field; the test fails on top-level errors. */
  must(subgraph: string, query: string, variables: object, identity?: Identity): Promise<any>;
  openMerchant(): Promise<ShopMerchant>;
  addVariant(merchant: ShopMerchant, more?: { price?: number; stock?: number; kind?: 'PHYSICAL' | 'DIGITAL' }): Promise<string>;
  fillCart(
    who: Identity,
    lines: readonly { variantId: string; quantity: number }[],
    merchants: readonly ShopMerchant[],
    codes?: readonly string[],
  ): Promise<FilledCart>;
  /** Ten percent off unless the terms say otherwise; the platform's own without a merchant. */
  addCoupon(merchant: ShopMerchant | null, terms?: object): Promise<{ id: string; code: string }>;
  /** What the counter of a coupon says, and the rows of its uses. */
  usesOf(couponId: string): Promise<{ counted: number; held: string[]; givenBack: string[] }>;
  /** The sums over all locations. */
  levelOf(variantId: string): Promise<StockLevel>;
}

const OWNER_SCOPES = [...MERCHANT_ROLES.CATALOG_EDITOR, 'orders:read', 'orders:write', 'refunds:review', 'refunds:write'];
const ADDRESS = {
  recipientName: 'Li Lei',
  phone: '+8613800138000',
  countryCode: 'CN',
  region: 'Shanghai',
  city: 'Shanghai',
  line1: '1 Nanjing Road',
  postalCode: '200001',
};
const APPLICATION = {
  kind: 'BUSINESS',
  legalName: 'Tea Ltd',
  registrationNumber: 'R-1',
  countryCode: 'CN',
  settlementCurrency: 'CNY',
  documentMediaIds: [],
  refundPolicy: { windowDays: 30, returnRequired: false, autoApproveAfterHours: 48, text: 'Thirty days.' },
};
const ERRORS = 'userErrors { __typename code message path }';

export const key = (): string => randomUUID();

export async function startShop(environment: Record<string, string> = {}): Promise<Shop> {
  const graph = await startSubgraphs([user, product, cart, orderPayment], environment);

  const must: Shop['must'] = async (subgraph, query, variables, identity) => {
    const { data, errors } = await graph.ask(subgraph, query, variables, identity ? { identity } : {});
    expect(errors, JSON.stringify(errors)).toBeUndefined();
    const [root] = Object.values<any>(data);
    return root;
  };
  const done: Shop['must'] = async (...args) => {
    const root = await must(...args);
    expect(root.userErrors, JSON.stringify(root.userErrors)).toEqual([]);
    return root;
  };

  const openMerchant: Shop['openMerchant'] = async () => {
    const slug = `shop-${randomUUID().slice(0, 8)}`;
    const apply = `mutation ($input: MerchantApplyInput!) { merchantApply(input: $input) { merchant { id } ${ERRORS} } }`;
    const { merchant } = await done('user', apply, { input: { ...APPLICATION, name: `Shop ${slug}`, slug } }, buyer());
    const review = `mutation ($input: MerchantReviewInput!) { merchantReview(input: $input) { merchant { status } ${ERRORS} } }`;
    await done('user', review, { input: { id: merchant.id, decision: 'APPROVE', reason: 'in order' } }, staff('merchants:review'));
    await graph.settle();
    const owner = member(merchant.id, OWNER_SCOPES);
    const place = `mutation ($input: LocationUpsertInput!) { locationUpsert(input: $input) { location { id } ${ERRORS} } }`;
    const { location } = await done(
      'product',
      place,
      { input: { merchantId: merchant.id, name: 'Warehouse', address: ADDRESS, timeZone: 'Asia/Shanghai', offersPickup: true } },
      owner,
    );
    const rate = `mutation ($input: ShippingRateUpsertInput!) { shippingRateUpsert(input: $input) { ${ERRORS} } }`;
    await done(
      'cart',
      rate,
      { input: { merchantId: merchant.id, title: 'Standard', countries: ['CN'], price: { amount: 800, currency: 'CNY' }, minDays: 1, maxDays: 3 } },
      owner,
    );
    return { merchantId: merchant.id, locationId: location.id, owner };
  };

  let categoryId: string | null = null;
  const category = async (): Promise<string> => {
    const upsert = `mutation ($input: CategoryUpsertInput!) { categoryUpsert(input: $input) { category { id } ${ERRORS} } }`;
    categoryId ??= (
      await done('product', upsert, { input: { slug: 'tea', name: [{ locale: 'en', value: 'Tea' }] } }, staff('catalog:admin', 'categories:write'))
    ).category.id;
    return categoryId ?? '';
  };

  const addVariant: Shop['addVariant'] = async ({ merchantId, locationId, owner }, { price = 1000, stock = 100, kind = 'PHYSICAL' } = {}) => {
    const create = `mutation ($input: ProductCreateInput!) { productCreate(input: $input) { product { id variants { nodes { id } } } ${ERRORS} } }`;
    const input = {
      merchantId,
      kind,
      title: [{ locale: 'en', value: 'Green tea' }],
      categoryIds: [await category()],
      variants: [{ sku: `SKU-${randomUUID().slice(0, 12)}`, price: { amount: price, currency: 'CNY' }, weightGrams: 100 }],
      fulfilmentModes: kind === 'PHYSICAL' ? ['SHIPPING', 'PICKUP'] : ['DIGITAL_DELIVERY'],
      idempotencyKey: key(),
    };
    const created = (await done('product', create, { input }, owner)).product;
    const variantId: string = created.variants.nodes[0].id;
    const adjust = `mutation ($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { ${ERRORS} } }`;
    await done('product', adjust, { input: { changes: [{ variantId, locationId, delta: stock }], reason: 'RECEIVED', idempotencyKey: key() } }, owner);
    await done('product', `mutation ($id: ID!) { productPublish(id: $id) { ${ERRORS} } }`, { id: created.id }, owner);
    return variantId;
  };

  const fillCart: Shop['fillCart'] = async (who, lines, merchants, codes = []) => {
    const CART = `cart { id version totals { total { amount currency } } } ${ERRORS}`;
    const add = `mutation ($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { ${CART} } }`;
    let filled = (await done('cart', add, { input: { lines, idempotencyKey: key() } }, who)).cart;
    for (const { merchantId } of merchants) {
      const set = `mutation ($input: CartDeliverySetInput!) { cartDeliverySet(input: $input) { ${CART} } }`;
      filled = (await done('cart', set, { input: { merchantId, address: ADDRESS } }, who)).cart;
    }
    for (const code of codes) {
      const apply = `mutation ($input: CartCouponInput!) { cartCouponApply(input: $input) { ${CART} } }`;
      filled = (await done('cart', apply, { input: { code } }, who)).cart;
    }
    return { id: filled.id, version: filled.version, total: filled.totals.total };
  };

  const addCoupon: Shop['addCoupon'] = async (merchant, terms = {}) => {
    const create = `mutation ($input: CouponCreateInput!) { couponCreate(input: $input) { coupon { id code } ${ERRORS} } }`;
    const percent = 'kind' in terms ? {} : { kind: 'PERCENT', percentBps: 1000 };
    const input = { merchantId: merchant?.merchantId ?? null, code: `C-${randomUUID().slice(0, 12)}`, ...percent, idempotencyKey: key(), ...terms };
    return (await done('cart', create, { input }, merchant?.owner ?? staff('promotions:read', 'promotions:write'))).coupon;
  };

  const usesOf: Shop['usesOf'] = async (couponId) => {
    const { database } = graph.running('cart').runtime;
    const coupon = await database.collection<{ _id: string; usedCount: number }>('coupon').findOne({ _id: couponId });
    const uses = await database.collection<{ _id: string; couponId: string; reference: string; state: string }>('coupon-use').find({ couponId }).toArray();
    const inState = (wanted: string) => uses.filter(({ state }) => state === wanted).map(({ reference }) => reference);
    return { counted: coupon?.usedCount ?? 0, held: inState('USED'), givenBack: inState('GIVEN_BACK') };
  };

  const levelOf: Shop['levelOf'] = async (variantId) => {
    const levels = await graph.running('product').runtime.database.collection('inventory-level').find({ variantId }).toArray();
    const sum = (field: string) => levels.reduce((total, level) => total + Number(level[field]), 0);
    return { onHand: sum('onHand'), available: sum('available'), reserved: sum('reserved') };
  };

  return Object.assign(graph, { must, openMerchant, addVariant, addCoupon, fillCart, levelOf, usesOf });
}
