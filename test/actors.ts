import { createHash, randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { Answered, TestGraph } from './graph.ts';

/** Somebody with a token; what he asks must work unless the test says otherwise. */
export interface Actor {
  readonly token: string;
  readonly userId: string;
  readonly email: string;
  ask(query: string, variables?: object): Promise<Answered>;
  /** Asks, and answers the one root field; fails the test on errors, top-level or in `userErrors`. */
  must(query: string, variables?: object): Promise<any>;
}

export const PASSWORD = 'correct-horse-7-battery';
export const key = () => randomUUID();

function actor(graph: TestGraph, token: string, userId: string, email: string): Actor {
  const ask = (query: string, variables: object = {}) => graph.query(query, variables, { token });
  return { token, userId, email, ask, must: async (query, variables) => rootOf(await ask(query, variables)) };
}

/** The only root field of an answer that has no errors. */
export function rootOf(answer: Answered): any {
  expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined();
  const [root] = Object.values<any>(answer.data);
  if (root && typeof root === 'object' && 'userErrors' in root) expect(root.userErrors, JSON.stringify(root.userErrors)).toEqual([]);
  return root;
}

const LOGIN = `mutation ($input: UserLoginInput!) { userLogin(input: $input) { user { id } tokens { accessToken refreshToken scopes } userErrors { code message path } } }`;

export async function logIn(graph: TestGraph, login: string, password = PASSWORD, guestToken?: string): Promise<Actor> {
  const answer = rootOf(await graph.query(LOGIN, { input: { login, password, guestToken } }));
  return actor(graph, answer.tokens.accessToken, answer.user.id, login);
}

export async function signUp(graph: TestGraph, name: string): Promise<Actor> {
  const unique = `${name}${randomUUID().slice(0, 8)}`;
  const email = `${unique}@example.test`;
  const REGISTER = `mutation ($input: UserRegisterInput!) { userRegister(input: $input) { verificationSent userErrors { code message path } } }`;
  rootOf(await graph.query(REGISTER, { input: { username: unique, email, password: PASSWORD, displayName: name, acceptedTermsVersion: '1' } }));
  return logIn(graph, email);
}

export const staffMember = (graph: TestGraph): Promise<Actor> => logIn(graph, 'staff@example.test', 'tradegraph-staff');

export async function guestSession(graph: TestGraph): Promise<Actor> {
  const { guestToken } = rootOf(await graph.query('mutation { guestSessionCreate { guestToken expiresAt userErrors { code } } }'));
  return actor(graph, guestToken, '', '');
}

export interface Seller extends Actor {
  readonly merchantId: string;
  readonly locationId: string;
}

const APPLY = `mutation ($input: MerchantApplyInput!) { merchantApply(input: $input) { merchant { id status } userErrors { code message path } } }`;
const REVIEW = `mutation ($input: MerchantReviewInput!) { merchantReview(input: $input) { merchant { id status } userErrors { code message path } } }`;
const LOCATION = `mutation ($input: LocationUpsertInput!) { locationUpsert(input: $input) { location { id } userErrors { code message path } } }`;
const RATE = `mutation ($input: ShippingRateUpsertInput!) { shippingRateUpsert(input: $input) { shippingRate { id } userErrors { code message path } } }`;

export const ADDRESS = {
  recipientName: 'Li Lei',
  phone: '+8613800138000',
  countryCode: 'CN',
  region: 'Shanghai',
  city: 'Shanghai',
  line1: '1 Nanjing Road',
  postalCode: '200001',
};

/** A merchant that is active, has a location and ships within China. */
export async function openShop(graph: TestGraph, staff: Actor, name: string, shippingFee = 800): Promise<Seller> {
  const owner = await signUp(graph, name);
  const slug = `${name}-${randomUUID().slice(0, 8)}`.toLowerCase();
  const { merchant } = await owner.must(APPLY, {
    input: {
      kind: 'BUSINESS',
      name: `${name} store`,
      slug,
      legalName: `${name} Ltd`,
      registrationNumber: '91310000MA1K00000X',
      countryCode: 'CN',
      settlementCurrency: 'CNY',
      documentMediaIds: [],
      refundPolicy: { windowDays: 30, returnRequired: false, autoApproveAfterHours: 48 },
    },
  });
  expect(merchant.status).toBe('UNDER_REVIEW');
  await staff.must(REVIEW, { input: { id: merchant.id, decision: 'APPROVE', reason: 'papers are in order' } });
  const seller = await logIn(graph, owner.email);
  const { location } = await seller.must(LOCATION, {
    input: {
      merchantId: merchant.id,
      name: `${name} warehouse`,
      address: ADDRESS,
      geo: { latitude: 31.23, longitude: 121.47 },
      timeZone: 'Asia/Shanghai',
      offersPickup: false,
    },
  });
  await seller.must(RATE, {
    input: { merchantId: merchant.id, title: 'Standard', countries: ['CN'], price: { amount: shippingFee, currency: 'CNY' }, minDays: 2, maxDays: 5 },
  });
  return { ...seller, merchantId: merchant.id, locationId: location.id };
}

export async function addCategory(staff: Actor, slug = `cat-${randomUUID().slice(0, 8)}`): Promise<string> {
  const { category } = await staff.must(
    `mutation ($input: CategoryUpsertInput!) { categoryUpsert(input: $input) { category { id } userErrors { code message path } } }`,
    {
      input: {
        slug,
        name: [
          { locale: 'en', value: 'Tea' },
          { locale: 'zh-CN', value: '茶' },
        ],
      },
    },
  );
  return category.id;
}

export interface Goods {
  readonly productId: string;
  readonly variantIds: string[];
}

const CREATE = `mutation ($input: ProductCreateInput!) { productCreate(input: $input) { product { id variants { nodes { id sku } } } userErrors { code message path } } }`;
const STOCK = `mutation ($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { levels { onHand available } userErrors { code message path } } }`;

/** Ten sizes at most, then grades: enough for a hundred variants. */
const SIZES = 10;
const sizeOf = (index: number) => `${((index % SIZES) + 1) * 100} g`;
const gradeOf = (index: number) => `grade ${Math.floor(index / SIZES) + 1}`;
const optionsFor = (count: number) => [
  { name: 'Size', values: Array.from({ length: Math.min(count, SIZES) }, (_, index) => sizeOf(index)) },
  { name: 'Grade', values: Array.from({ length: Math.ceil(count / SIZES) }, (_, index) => gradeOf(index * SIZES)) },
];
const selectedOptions = (index: number) => [
  { name: 'Size', value: sizeOf(index) },
  { name: 'Grade', value: gradeOf(index) },
];

/** A published product (or a draft) with one variant per price, each with the given stock. */
export async function publish(
  seller: Seller,
  categoryId: string,
  { title = 'Green tea', prices = [1990], stock = 100, mediaIds = [] as string[], isPublished = true } = {},
): Promise<Goods> {
  const isPlain = prices.length === 1;
  const { product } = await seller.must(CREATE, {
    input: {
      merchantId: seller.merchantId,
      kind: 'PHYSICAL',
      title: [
        { locale: 'en', value: title },
        { locale: 'zh-CN', value: '明前龙井绿茶' },
      ],
      description: [{ locale: 'en', value: 'Picked before the rains.' }],
      categoryIds: [categoryId],
      ...(!isPlain && { options: optionsFor(prices.length) }),
      ...(mediaIds.length > 0 && { mediaIds }),
      variants: prices.map((amount, index) => ({
        sku: `SKU-${randomUUID().slice(0, 12)}`,
        ...(!isPlain && { selectedOptions: selectedOptions(index) }),
        price: { amount, currency: 'CNY' },
        weightGrams: 100,
      })),
      fulfilmentModes: ['SHIPPING'],
      idempotencyKey: key(),
    },
  });
  const variantIds: string[] = product.variants.nodes.map((variant: { id: string }) => variant.id);
  await seller.must(STOCK, {
    input: { changes: variantIds.map((variantId) => ({ variantId, locationId: seller.locationId, delta: stock })), reason: 'RECEIVED', idempotencyKey: key() },
  });
  if (isPublished)
    await seller.must(`mutation ($id: ID!) { productPublish(id: $id) { product { id status } userErrors { code message path } } }`, { id: product.id });
  return { productId: product.id, variantIds };
}

/** Draws a picture, uploads it through the pre-signed address, answers its media id. */
export async function uploadPicture(who: Actor, purpose = 'PRODUCT'): Promise<string> {
  const picture = await sharp({ create: { width: 640, height: 480, channels: 3, background: { r: 40, g: 120, b: 60 } } })
    .jpeg()
    .toBuffer();
  const upload = await who.must(
    `mutation ($input: MediaUploadCreateInput!) { mediaUploadCreate(input: $input) { mediaId uploadUrl headers { name value } userErrors { code message path } } }`,
    { input: { filename: 'tea.jpg', mimeType: 'image/jpeg', byteSize: picture.length, sha256: createHash('sha256').update(picture).digest('hex'), purpose } },
  );
  const headers = Object.fromEntries(upload.headers.map(({ name, value }: { name: string; value: string }) => [name, value]));
  const response = await fetch(upload.uploadUrl, { method: 'PUT', headers, body: new Uint8Array(picture) });
  expect(response.status, await response.text()).toBeLessThan(300);
  return upload.mediaId;
}

export const CART_FIELDS = `id version currency totalQuantity readyForCheckout
  totals { subtotal { amount } shipping { amount } total { amount currency } }
  lines { nodes { id quantity variant { id } } }
  groups { merchant { id } deliveryOptions { id title price { amount } } selectedDelivery { id } }
  issues { __typename code message blocking }`;

export const addToCart = (who: Actor, lines: { variantId: string; quantity: number }[]) =>
  who.must(`mutation ($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { cart { ${CART_FIELDS} } userErrors { code message path } } }`, {
    input: { lines, idempotencyKey: key() },
  });

/** A coupon of a merchant: a tenth off, and what the terms say. */
export async function addCoupon(seller: Seller, terms: object = {}): Promise<{ id: string; code: string }> {
  const CREATE = 'mutation ($input: CouponCreateInput!) { couponCreate(input: $input) { coupon { id code } userErrors { code message path } } }';
  const input = { merchantId: seller.merchantId, code: key().slice(0, 18), kind: 'PERCENT', percentBps: 1000, idempotencyKey: key(), ...terms };
  return (await seller.must(CREATE, { input })).coupon;
}

/** Answers the cart as it then is. */
export async function applyCoupon(who: Actor, code: string): Promise<any> {
  const APPLY = `mutation ($input: CartCouponInput!) { cartCouponApply(input: $input) { cart { ${CART_FIELDS} } userErrors { __typename code message path } } }`;
  return (await who.must(APPLY, { input: { code } })).cart;
}

/** Sets the address and the first delivery option of each merchant's group; answers the cart as it then is. */
export async function chooseDelivery(who: Actor, merchantIds: string[], address: object = ADDRESS): Promise<any> {
  const SET = `mutation ($input: CartDeliverySetInput!) { cartDeliverySet(input: $input) { cart { ${CART_FIELDS} } userErrors { code message path } } }`;
  let cart: any;
  for (const merchantId of merchantIds) {
    ({ cart } = await who.must(SET, { input: { merchantId, address } }));
    const group = cart.groups.find((candidate: any) => candidate.merchant.id === merchantId);
    const [option] = group.deliveryOptions;
    expect(option, 'a delivery option').toBeDefined();
    ({ cart } = await who.must(SET, { input: { merchantId, deliveryOptionId: option.id } }));
  }
  return cart;
}

export const CHECKOUT = `mutation ($input: CheckoutInput!) { checkout(input: $input) {
  orderGroup { id status totals { total { amount currency } } orders { id number status merchant { id } totals { total { amount } } lines { id quantity total { amount } } } }
  guestAccessToken cart { id version totals { total { amount currency } } } userErrors { __typename code message path } } }`;

export const checkoutInput = (cart: any, extra: object = {}) => ({
  input: { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.totals.total, idempotencyKey: key(), ...extra },
});

export const PAY = `mutation ($input: PayInput!) { pay(input: $input) {
  payment { id status amount { amount currency } nextAction { __typename ... on QrCodeAction { content svg } ... on RedirectAction { url } ... on ClientConfirmAction { clientSecret } } }
  userErrors { __typename code message path } } }`;

export const payInput = (group: any, extra: object = {}) => ({
  input: { orderGroupId: group.id, method: 'ALIPAY', client: 'WEB', expectedAmount: group.totals.total, idempotencyKey: key(), ...extra },
});

/** What the buyer does on the sandbox's page: opens it and presses a button of its form. */
export async function pressOnPage(pageUrl: string, button = 'pay'): Promise<Response> {
  const page = await fetch(pageUrl);
  const html = await page.text();
  expect(page.status, html).toBe(200);
  const action = /<form[^>]*action="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? pageUrl;
  const name = /<button[^>]*name="([^"]+)"/.exec(html)?.[1] ?? 'action';
  return fetch(new URL(action, pageUrl), { method: 'POST', redirect: 'manual', body: new URLSearchParams({ [name]: button }) });
}

/** Checks out what is in the cart and pays for it; answers the group once it is paid. */
export async function buy(who: Actor, lines: { variantId: string; quantity: number }[], merchantIds: string[]): Promise<any> {
  await addToCart(who, lines);
  const cart = await chooseDelivery(who, merchantIds);
  const { orderGroup } = await who.must(CHECKOUT, checkoutInput(cart));
  const { payment } = await who.must(PAY, payInput(orderGroup));
  await pressOnPage(payment.nextAction.content);
  return until(async () => {
    const group = await who.must(
      `query ($id: ID!) { orderGroup(id: $id) { id status totals { total { amount currency } } orders { id number status merchant { id } lines { id quantity total { amount } } } } }`,
      {
        id: orderGroup.id,
      },
    );
    return group.status === 'PAID' ? group : null;
  });
}

/** Asks again until there is an answer; fails after ten seconds. */
export async function until<T>(look: () => Promise<T | null | undefined | false>, milliseconds = 10_000): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
