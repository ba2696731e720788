import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Db, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { loadConfig } from '#platform/config.ts';
import {
  ADDRESS,
  type Actor,
  addCategory,
  addToCart,
  buy,
  logIn,
  openShop,
  publish,
  type Seller,
  staffMember,
  signUp,
  until,
  uploadPicture,
} from '../../test/actors.ts';
import { booksOf } from '../../test/books.ts';
import { startGraph, type TestGraph, withDatabases } from '../../test/graph.ts';
import { seed } from './fill.ts';
import { DEMO_PASSWORD } from './plan.ts';

/** Demo documents must be what the services themselves would have written: the same fields, of the same types. */

type Shape = Map<string, Set<string>>;

/** Keys that are data: currencies, languages, ratings. */
const isEntry = (key: string) => /^([A-Z]{3}|[1-5]|en|zh(-CN)?)$/.test(key);

function addShape(shape: Shape, value: any, path: string): void {
  const note = (type: string) => shape.set(path, (shape.get(path) ?? new Set()).add(type));
  if (value === null) note('null');
  else if (Array.isArray(value)) {
    note('array');
    for (const element of value) addShape(shape, element, `${path}[]`);
  } else if (typeof value === 'object' && !(value instanceof Date) && value._bsontype === undefined) {
    note('object');
    for (const [key, inner] of Object.entries(value)) addShape(shape, inner, `${path}.${isEntry(key) ? '*' : key}`);
  } else note(value._bsontype ?? (value instanceof Date ? 'Date' : typeof value));
}

async function shapesOf(database: Db, collection: string, filter: Document): Promise<Shape> {
  const shape: Shape = new Map();
  for await (const document of database.collection(collection).find(filter, { promoteValues: false })) addShape(shape, document, '');
  return shape;
}

const COLLECTIONS = [
  'user/user',
  'user/address',
  'user/merchant',
  'product/category',
  'product/location',
  'product/media',
  'product/merchant-standing',
  'product/product',
  'product/product-variant',
  'product/inventory-level',
  'product/stock-movement',
  'product/reservation',
  'product/stock-operation',
  'cart/cart',
  'cart/coupon',
  'cart/coupon-use',
  'cart/shipping-rate',
  'cart/wish',
  'order-payment/order-group',
  'order-payment/order',
  'order-payment/payment',
  'order-payment/shipment',
  'order-payment/refund-request',
  'order-payment/jobs',
  'review/delivered-line',
  'review/review',
  'review/review-vote',
  'review/product-rating',
  'review/merchant-rating',
  'sandbox/payments',
] as const;

/** Left out rather than null, where it did not happen. */
const OPTIONAL: ReadonlySet<string> = new Set([
  'sandbox/payments.captured',
  'sandbox/payments.failure',
  'sandbox/payments.refunds[].failure',
  'order-payment/jobs.data.items',
]);

/** Where the whole stands, of which a path is a part. */
const wholeOf = (path: string): string => path.replace(/(\[\]|\.[^.[]*)$/, '');

/** Fields of one side that the other lacks though it has the whole they belong to; what is empty or null tells nothing. */
const lacking = (name: string, from: Shape, other: Shape): string[] =>
  [...from.keys()].filter(
    (path) => !other.has(path) && !path.endsWith('[]') && !path.endsWith('.*') && other.get(wholeOf(path))?.has('object') && !OPTIONAL.has(`${name}${path}`),
  );

/** Whole or with decimals: one may look like the other. */
const isNumber = (types: string) => types.split(',').every((type) => type === 'Int32' || type === 'Double');

let graph: TestGraph;
let dataDir: string;
const known = new Map<string, unknown[]>();
const services = new Map<string, Shape>();
const demo = new Map<string, Shape>();

beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
  dataDir = await mkdtemp(`${tmpdir()}/tradegraph-shapes-`);
  await liveThrough(graph);
  await withDatabases(graph.databasePrefix, async (database) => {
    for (const name of COLLECTIONS) {
      const [place = '', collection = ''] = name.split('/');
      known.set(
        name,
        (
          await database(place)
            .collection(collection)
            .find({}, { projection: { _id: 1 } })
            .toArray()
        ).map(({ _id }) => _id),
      );
      services.set(name, await shapesOf(database(place), collection, {}));
    }
    const config = loadConfig({ DATABASE_PREFIX: graph.databasePrefix, DATA_DIR: dataDir, BCRYPT_COST: '4', PUBLIC_URL: graph.url, LOG_LEVEL: 'error' });
    await seed({ config, mongoUri: inject('mongoUri'), say: () => {}, scale: 0.02 });
    for (const name of COLLECTIONS) {
      const [place = '', collection = ''] = name.split('/');
      const isDemo = { _id: { $nin: known.get(name) ?? [] } } as Document;
      demo.set(name, await shapesOf(database(place), collection, isDemo));
    }
  });
});

afterAll(async () => {
  await graph?.[Symbol.asyncDispose]();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

const key = () => randomUUID();

/** One of everything, by the front door. */
async function liveThrough(shop: TestGraph): Promise<void> {
  const staff = await staffMember(shop);
  const seller = await openShop(shop, staff, 'shapes');
  await setPayoutAccount(seller, staff);
  const categoryId = await addCategory(staff);
  await staff.must('mutation ($input: CategoryUpsertInput!) { categoryUpsert(input: $input) { category { id } userErrors { code } } }', {
    input: { slug: `below-${key().slice(0, 8)}`, parentId: categoryId, name: [{ locale: 'en', value: 'Below' }], commissionRateBps: 100 },
  });
  const goods = await publish(seller, categoryId, { prices: [1_990, 3_500], mediaIds: [await uploadPicture(seller)] });
  const buyer = await signUp(shop, 'shapes-buyer');
  await buyer.must('mutation ($input: AddressCreateInput!) { addressCreate(input: $input) { address { id } userErrors { code } } }', {
    input: { label: 'Home', postalAddress: ADDRESS, isDefaultShipping: true, isDefaultBilling: true },
  });
  await buyer.must('mutation ($productId: ID!) { wishlistAdd(productId: $productId) { product { id } userErrors { code } } }', { productId: goods.productId });
  await enterCoupon(buyer, seller, goods.variantIds[0] ?? '');
  const lines = goods.variantIds.map((variantId) => ({ variantId, quantity: 2 }));
  const group = await buy(buyer, lines, [seller.merchantId]);
  const [order] = group.orders;
  await seller.must('mutation ($orderId: ID!) { orderAccept(orderId: $orderId) { order { status } userErrors { code } } }', { orderId: order.id });
  const { shipment } = await seller.must('mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } userErrors { code } } }', {
    input: { orderId: order.id, carrier: 'SF Express', trackingNumber: 'SF1', idempotencyKey: key() },
  });
  await seller.must('mutation ($input: ShipmentTrackingUpdateInput!) { shipmentTrackingUpdate(input: $input) { shipment { id } userErrors { code } } }', {
    input: { shipmentId: shipment.id, status: 'DELIVERED', at: new Date().toISOString(), description: 'There' },
  });
  await review(buyer, seller, order.lines[0].id, shop);
  await refund(buyer, seller, order);
}

async function enterCoupon(buyer: Actor, seller: Seller, variantId: string): Promise<void> {
  const CREATE = 'mutation ($input: CouponCreateInput!) { couponCreate(input: $input) { coupon { code } userErrors { code message } } }';
  const terms = { code: 'SHAPES', kind: 'PERCENT', percentBps: 500, minimumSubtotal: { amount: 1, currency: 'CNY' }, usageLimit: 9 };
  const { coupon } = await seller.must(CREATE, { input: { merchantId: seller.merchantId, ...terms, idempotencyKey: key() } });
  const FIXED = { code: 'FIXED', kind: 'FIXED_AMOUNT', amountOff: { amount: 1, currency: 'CNY' }, usageLimitPerUser: 1 };
  await seller.must(CREATE, { input: { merchantId: seller.merchantId, ...FIXED, idempotencyKey: key() } });
  await addToCart(buyer, [{ variantId, quantity: 1 }]);
  await buyer.must('mutation ($code: String!) { cartCouponApply(input: { code: $code }) { userErrors { code message } } }', { code: coupon.code });
}

async function setPayoutAccount({ merchantId, must }: Seller, staff: Actor): Promise<void> {
  const account = { merchantId, provider: 'bank', providerToken: 'tok_12345678', currency: 'CNY', idempotencyKey: key() };
  const SET = 'mutation ($input: PayoutAccountSetInput!) { payoutAccountSet(input: $input) { merchant { payoutAccount { version } } userErrors { code } } }';
  const { merchant } = await must(SET, { input: account });
  const REVIEW = 'mutation ($input: PayoutAccountReviewInput!) { payoutAccountReview(input: $input) { userErrors { code } } }';
  const { version } = merchant.payoutAccount;
  await staff.must(REVIEW, { input: { merchantId, decision: 'VERIFY', expectedVersion: version, reason: 'As in the papers.' } });
}

async function review(buyer: Actor, seller: Actor, orderLineId: string, shop: TestGraph): Promise<void> {
  const CREATE = 'mutation ($input: ReviewCreateInput!) { reviewCreate(input: $input) { review { id } userErrors { code } } }';
  const input = { orderLineId, rating: 5, aspects: [{ aspect: 'SERVICE', rating: 4 }], title: 'Good', body: 'Very good.', idempotencyKey: key() };
  // It may be written once the review subgraph has heard of the delivery.
  const written = await until(async () => {
    const { data } = await buyer.ask(CREATE, { input: { ...input, idempotencyKey: key() } });
    return data.reviewCreate.review;
  });
  await seller.must('mutation ($input: ReviewReplyInput!) { reviewReply(input: $input) { review { id } userErrors { code } } }', {
    input: { reviewId: written.id, body: 'Thank you!' },
  });
  const voter = await signUp(shop, 'shapes-voter');
  await voter.must('mutation ($id: ID!) { reviewVote(id: $id, vote: HELPFUL) { review { id } userErrors { code } } }', { id: written.id });
}

const ASK = 'mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id status } userErrors { code message } } }';
const APPROVE = 'mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { refundRequest { id status } userErrors { code message } } }';

async function refund(buyer: Actor, seller: Actor, order: { id: string; lines: { id: string }[] }): Promise<void> {
  const ask = (index: number) =>
    buyer.must(ASK, {
      input: {
        orderId: order.id,
        type: 'REFUND_ONLY',
        lines: [{ orderLineId: order.lines[index]?.id, quantity: 1 }],
        reason: 'DEFECTIVE',
        idempotencyKey: key(),
      },
    });
  const { refundRequest } = await ask(0);
  await ask(1);
  await seller.must(APPROVE, { input: { id: refundRequest.id, idempotencyKey: key() } });
  await until(async () => (await buyer.must('query ($id: ID!) { refundRequest(id: $id) { status } }', { id: refundRequest.id })).status === 'SUCCEEDED');
}

describe('a demo document', () => {
  test.each(COLLECTIONS)('of %s has the fields that the services write, and of their types', (name) => {
    const [theirs, ours] = [services.get(name) ?? new Map(), demo.get(name) ?? new Map()];
    expect(theirs.size, `${name} of the services`).toBeGreaterThan(0);
    expect(ours.size, `${name} of the demo`).toBeGreaterThan(0);
    expect(lacking(name, theirs, ours), 'fields that demo documents lack').toEqual([]);
    expect(lacking(name, ours, theirs), 'fields that only demo documents have').toEqual([]);
    const differing = [...ours].flatMap(([path, types]) => {
      const [mine = '', wanted = ''] = [types, theirs.get(path) ?? new Set()].map((set) =>
        [...set]
          .filter((type) => type !== 'null')
          .sort()
          .join(),
      );
      const isSame = mine === '' || wanted === '' || mine === wanted || (path === '.rating.average' && isNumber(mine) && isNumber(wanted));
      return isSame ? [] : [`${path}: ${mine} instead of ${wanted}`];
    });
    expect(differing).toEqual([]);
  });
});

describe('the demo shop through its front door', () => {
  test('a buyer finds what was ordered; a refund of it reaches the payment company', async () => {
    const buyer = await logIn(graph, 'buyer1@example.test', DEMO_PASSWORD);
    const { orders } = await buyer.must('{ me { orders(first: 20) { nodes { id status paymentStatus merchant { slug } lines { id } } } } }');
    expect(orders.nodes).toHaveLength(10);
    const order = orders.nodes.find(({ status, paymentStatus }: any) => status === 'COMPLETED' && paymentStatus === 'PAID');
    const owners = await withDatabases(graph.databasePrefix, (database) =>
      database('user').collection('merchant').find({ slug: order.merchant.slug }).toArray(),
    );
    const owner = await withDatabases(graph.databasePrefix, (database) =>
      database('user').collection('user').findOne({ _id: owners[0]?.['members'][0].userId }),
    );
    const seller = await logIn(graph, owner?.['email'], DEMO_PASSWORD);
    const { refundRequest } = await seller.must(
      'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id status } userErrors { code message } } }',
      {
        input: { orderId: order.id, lines: [{ orderLineId: order.lines[0].id, quantity: 1 }], reason: 'OTHER', idempotencyKey: key() },
      },
    );
    await until(async () => (await seller.must('query ($id: ID!) { refundRequest(id: $id) { status } }', { id: refundRequest.id })).status === 'SUCCEEDED');
    expect(await booksOf(graph)).toEqual([]);
  });

  test('goods are listed with pictures, prices and ratings, and found in both languages', async () => {
    const { data } = await graph.query('{ products(first: 50) { nodes { media { url } priceRange { min { amount } } } } categories { id } }');
    expect(data.products.nodes.length).toBeGreaterThan(30);
    for (const { media, priceRange } of data.products.nodes.slice(0, 30)) {
      expect(media.length).toBeGreaterThan(0);
      expect(priceRange.min.amount).toBeGreaterThan(0);
    }
    const found = async (query: string) =>
      (await graph.query('query ($query: String!) { productSearch(input: { query: $query }, first: 5) { nodes { id } } }', { query })).data.productSearch.nodes;
    const [inEnglish, inChinese] = [await found('tea'), await found('茶')];
    expect(inEnglish.length).toBeGreaterThan(0);
    expect(inChinese.length).toBeGreaterThan(0);
  });
});
