import { randomUUID } from 'node:crypto';
import { signingKeysOf } from '#platform/config.ts';
import type { Identity } from '#platform/identity.ts';
import { issueToken, tokenVerifier } from '#platform/tokens.ts';
import { buyer, member, staff, startSubgraphs, type TestSubgraphs } from '../../test/subgraphs.ts';
import { product } from '../product/index.ts';
import { MERCHANT_ROLES } from '../user/domain.ts';
import { user } from '../user/index.ts';
import { cart } from './index.ts';

export interface Goods {
  readonly productId: string;
  readonly variantId: string;
}

export interface Seller {
  readonly merchantId: string;
  readonly identity: Identity;
  readonly locationId: string;
  /** Publishes a product of one variant with that much in stock. */
  sell(options?: { price?: number; stock?: number; prices?: { amount: number; currency: string }[]; variant?: object; product?: object }): Promise<Goods>;
  /** Sets the variant anew, e.g. at another price. */
  revise(goods: Goods, variant: object): Promise<void>;
  rate(fields?: object): Promise<any>;
  /** Ten percent off under a code of its own, unless the terms say otherwise. */
  coupon(terms?: object): Promise<{ id: string; code: string }>;
}

/** What the tests of this subgraph do again and again; goods come from the product subgraph, merchants from the user subgraph. */
export interface CartShop extends TestSubgraphs {
  seller(): Promise<Seller>;
  /** The platform's own. */
  platformCoupon(terms?: object): Promise<{ id: string; code: string }>;
  as(identity: Identity): CartClient;
  guestTokenOf(identity: Identity): Promise<string>;
}

export interface CartClient {
  read(selection?: string): Promise<any>;
  add(lines: { variantId: string; quantity: number }[], more?: object): Promise<any>;
  put(goods: Goods, quantity?: number): Promise<any>;
  update(input: object): Promise<any>;
  deliver(input: object): Promise<any>;
  apply(code: string): Promise<any>;
  change(field: string, inputType: string, input: object): Promise<any>;
}

export const key = (): string => randomUUID();
export const ADDRESS = { recipientName: '王小明', countryCode: 'CN', city: '上海', line1: '南京路 1 号' };

const MONEY = '{ amount currency }';
const TOTALS = `totals { subtotal ${MONEY} discount ${MONEY} shipping ${MONEY} tax ${MONEY} total ${MONEY} taxIncluded }`;
const ISSUES = `issues { __typename code message lineId blocking ... on PriceChangedIssue { seen ${MONEY} current ${MONEY} } ... on StockIssue { requested available } ... on DeliveryIssue { merchantId } ... on CouponIssue { couponCode } }`;
const LINE = `id quantity unitPriceSeen ${MONEY} unitPrice ${MONEY} subtotal ${MONEY} discountAllocations { source code amount ${MONEY} } total ${MONEY} variant { id } merchant { id }`;
export const CART = `id version currency countryCode totalQuantity readyForCheckout expiresAt owner { id } lines { nodes { ${LINE} } } coupons { code applied reason discount ${MONEY} merchant { id } } ${TOTALS} ${ISSUES}`;
export const GROUPS = `groups { merchant { id } lines { ${LINE} } shippingAddress { recipientName city line2 } pickupLocation { id } ${TOTALS}
  deliveryOptions { id mode title price ${MONEY} estimatedFrom estimatedTo } selectedDelivery { id mode title price ${MONEY} } }`;
export const ERRORS = `userErrors { __typename code message path ... on VersionConflictError { currentVersion } ... on InvalidStateError { currentState } ... on CartLimitError { limit } ... on ProductUnavailableError { variantId } ... on CouponRejectedError { couponCode } }`;

export async function startCartShop(environment: Record<string, string> = {}): Promise<CartShop> {
  const graph = await startSubgraphs([user, product, cart], environment);
  const asked = async (subgraph: string, query: string, variables: object, identity?: Identity) => {
    const { data, errors } = await graph.ask(subgraph, query, variables, { ...(identity && { identity }) });
    if (errors) throw new Error(JSON.stringify(errors));
    const [payload] = Object.values<any>(data);
    if (payload?.userErrors?.length > 0) throw new Error(JSON.stringify(payload.userErrors));
    return payload;
  };
  return Object.assign(graph, {
    seller: () => openShop(graph, asked),
    platformCoupon: (terms?: object) => createCoupon(asked, staff('promotions:write', 'promotions:read'), { merchantId: null, ...terms }),
    as: (identity: Identity) => clientOf(graph, identity),
    guestTokenOf: (identity: Identity) => guestTokenOf(graph, identity),
  });
}

type Asked = (subgraph: string, query: string, variables: object, identity?: Identity) => Promise<any>;

async function createCoupon(asked: Asked, identity: Identity, terms: object): Promise<{ id: string; code: string }> {
  const create = 'mutation($input: CouponCreateInput!) { couponCreate(input: $input) { coupon { id code } userErrors { code path message } } }';
  const percent = 'kind' in terms ? {} : { kind: 'PERCENT', percentBps: 1000 };
  return (await asked('cart', create, { input: { code: `c${key().slice(0, 12)}`, idempotencyKey: key(), ...percent, ...terms } }, identity)).coupon;
}

const guestTokenOf = ({ config }: TestSubgraphs, { subject, sessionId, scopes, memberships, contract }: Identity) =>
  issueToken(signingKeysOf(config), { kind: 'guest', subject, sessionId, scopes, memberships, contract }, new Date(Date.now() + 60_000));

async function openShop(graph: TestSubgraphs, asked: Asked): Promise<Seller> {
  const merchantId = await activeMerchant(graph, asked);
  const identity = member(merchantId, [...MERCHANT_ROLES.CATALOG_EDITOR]);
  const location = { merchantId, name: 'Shop', address: ADDRESS, geo: { latitude: 31.2, longitude: 121.5 }, timeZone: 'Asia/Shanghai', offersPickup: true };
  const {
    location: { id: locationId },
  } = await asked(
    'product',
    'mutation($input: LocationUpsertInput!) { locationUpsert(input: $input) { location { id } userErrors { code path } } }',
    { input: location },
    identity,
  );
  return {
    merchantId,
    identity,
    locationId,
    sell: async ({ price = 1000, stock = 50, prices, variant = {}, product: fields = {} } = {}) => {
      const variants = [{ sku: key(), price: { amount: price, currency: 'CNY' }, ...(prices && { prices }), ...variant }];
      const input = {
        merchantId,
        kind: 'PHYSICAL',
        title: [
          { locale: 'en', value: 'Tea pot' },
          { locale: 'zh', value: '茶壶' },
        ],
        categoryIds: [],
        variants,
        fulfilmentModes: ['SHIPPING', 'PICKUP'],
        idempotencyKey: key(),
        ...fields,
      };
      const created = await asked(
        'product',
        'mutation($input: ProductCreateInput!) { productCreate(input: $input) { product { id defaultVariant { id } } userErrors { code path message } } }',
        { input },
        identity,
      );
      const { id: productId, defaultVariant } = created.product;
      await asked('product', 'mutation($id: ID!) { productPublish(id: $id) { product { id } userErrors { code path message } } }', { id: productId }, identity);
      const changes = [{ variantId: defaultVariant.id, locationId, delta: stock }];
      if (stock > 0)
        await asked(
          'product',
          'mutation($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { userErrors { code path message } } }',
          { input: { changes, reason: 'RECEIVED', idempotencyKey: key() } },
          identity,
        );
      return { productId, variantId: defaultVariant.id };
    },
    revise: ({ productId, variantId }, variant) =>
      asked(
        'product',
        'mutation($input: ProductVariantsSetInput!) { productVariantsSet(input: $input) { userErrors { code path message } } }',
        { input: { productId, variants: [{ id: variantId, sku: variantId.slice(-20), ...variant }] } },
        identity,
      ),
    coupon: (terms = {}) => createCoupon(asked, identity, { merchantId, ...terms }),
    rate: async (fields = {}) => {
      const input = { merchantId, title: 'Standard', countries: ['CN'], price: { amount: 800, currency: 'CNY' }, minDays: 1, maxDays: 3, ...fields };
      return (
        await asked(
          'cart',
          'mutation($input: ShippingRateUpsertInput!) { shippingRateUpsert(input: $input) { shippingRate { id } userErrors { code path message } } }',
          { input },
          identity,
        )
      ).shippingRate;
    },
  };
}

async function activeMerchant(graph: TestSubgraphs, asked: Asked): Promise<string> {
  const slug = `shop-${key().slice(0, 8)}`;
  const application = {
    kind: 'BUSINESS',
    name: slug,
    slug,
    legalName: 'Shop Ltd',
    registrationNumber: 'R-1',
    countryCode: 'CN',
    settlementCurrency: 'CNY',
    documentMediaIds: [],
    refundPolicy: { windowDays: 14, returnRequired: true, autoApproveAfterHours: 48, text: 'Fourteen days.' },
  };
  const owner = buyer();
  const staff = await staffOf(graph, asked);
  const { merchant } = await asked(
    'user',
    'mutation($input: MerchantApplyInput!) { merchantApply(input: $input) { merchant { id } userErrors { code path message } } }',
    { input: application },
    owner,
  );
  await asked(
    'user',
    'mutation($input: MerchantReviewInput!) { merchantReview(input: $input) { userErrors { code path message } } }',
    { input: { id: merchant.id, decision: 'APPROVE', reason: 'looked at' } },
    staff,
  );
  await graph.settle();
  return merchant.id;
}

async function staffOf({ config }: TestSubgraphs, asked: Asked): Promise<Identity> {
  const { tokens } = await asked(
    'user',
    'mutation($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken } userErrors { code message } } }',
    { input: { login: config.STAFF_LOGIN, password: config.STAFF_PASSWORD } },
  );
  return tokenVerifier(signingKeysOf(config)).verify(tokens.accessToken);
}

function clientOf(graph: TestSubgraphs, identity: Identity): CartClient {
  const change = async (field: string, inputType: string, input: object) => {
    const { data, errors } = await graph.ask(
      'cart',
      `mutation($input: ${inputType}!) { ${field}(input: $input) { cart { ${CART} } ${ERRORS} } }`,
      { input },
      { identity },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    return data[field];
  };
  const add: CartClient['add'] = (lines, more = {}) => change('cartLinesAdd', 'CartLinesAddInput', { lines, idempotencyKey: key(), ...more });
  return {
    change,
    add,
    put: ({ variantId }, quantity = 1) => add([{ variantId, quantity }]),
    read: async (selection = CART) => {
      const { data, errors } = await graph.ask('cart', `{ cart { ${selection} } }`, {}, { identity });
      if (errors) throw new Error(JSON.stringify(errors));
      return data.cart;
    },
    update: (input) => change('cartLinesUpdate', 'CartLinesUpdateInput', input),
    apply: (code) => change('cartCouponApply', 'CartCouponInput', { code }),
    deliver: (input) => change('cartDeliverySet', 'CartDeliverySetInput', input),
  };
}
