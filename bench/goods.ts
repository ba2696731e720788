import { randomUUID } from 'node:crypto';
import type { GraphClient } from './client.ts';

/** Two merchants of the benchmark's own, so that its purchases do not sell out the demo shop. */
export interface BenchShop {
  readonly merchants: readonly BenchMerchant[];
}

interface BenchMerchant {
  readonly id: string;
  /** What it sells. */
  readonly variantIds: readonly string[];
  /** Begins to sell something else, of which it has so many, and gives the variant's id. */
  publish(stock: number): Promise<string>;
}

export interface Account {
  readonly token: string;
}

const PASSWORD = 'bench-only-9-password';
const PRODUCTS_EACH = 16;
const STOCK = 1_000_000;
const ERRORS = 'userErrors { code message path }';

export async function logIn(graph: GraphClient, login: string, password: string): Promise<Account> {
  const { tokens } = await graph.must(`mutation ($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken } ${ERRORS} } }`, {
    input: { login, password },
  });
  return { token: tokens.accessToken };
}

export async function newAccount(graph: GraphClient): Promise<Account & { login: string }> {
  const login = `bench-${randomUUID().slice(0, 12)}@example.test`;
  await graph.must(`mutation ($input: UserRegisterInput!) { userRegister(input: $input) { verificationSent ${ERRORS} } }`, {
    input: { username: login.split('@')[0], email: login, password: PASSWORD, displayName: 'Bench', acceptedTermsVersion: '1' },
  });
  return { login, ...(await logIn(graph, login, PASSWORD)) };
}

export const ADDRESS = {
  recipientName: 'Bench',
  phone: '+8613800138000',
  countryCode: 'CN',
  region: 'Shanghai',
  city: 'Shanghai',
  line1: '1 Nanjing Road',
  postalCode: '200001',
};

export async function openBenchShop(graph: GraphClient, staff: Account): Promise<BenchShop> {
  const { category } = await graph.must(
    `mutation ($input: CategoryUpsertInput!) { categoryUpsert(input: $input) { category { id } ${ERRORS} } }`,
    { input: { slug: `bench-${randomUUID().slice(0, 8)}`, name: [{ locale: 'en', value: 'Bench' }] } },
    staff.token,
  );
  const merchants = [];
  for (let index = 0; index < 2; index++) merchants.push(await openMerchant(graph, staff, category.id));
  return { merchants };
}

async function openMerchant(graph: GraphClient, staff: Account, categoryId: string): Promise<BenchMerchant> {
  const owner = await newAccount(graph);
  const { merchant } = await graph.must(
    `mutation ($input: MerchantApplyInput!) { merchantApply(input: $input) { merchant { id } ${ERRORS} } }`,
    {
      input: {
        kind: 'BUSINESS',
        name: 'Bench store',
        slug: `bench-${randomUUID().slice(0, 8)}`,
        legalName: 'Bench Ltd',
        registrationNumber: '91310000MA1K00000X',
        countryCode: 'CN',
        settlementCurrency: 'CNY',
        documentMediaIds: [],
        refundPolicy: { windowDays: 30, returnRequired: false, autoApproveAfterHours: 48 },
      },
    },
    owner.token,
  );
  await graph.must(
    `mutation ($input: MerchantReviewInput!) { merchantReview(input: $input) { merchant { id } ${ERRORS} } }`,
    { input: { id: merchant.id, decision: 'APPROVE', reason: 'benchmark' } },
    staff.token,
  );
  const { token } = await logIn(graph, owner.login, PASSWORD);
  const { location } = await graph.must(
    `mutation ($input: LocationUpsertInput!) { locationUpsert(input: $input) { location { id } ${ERRORS} } }`,
    {
      input: {
        merchantId: merchant.id,
        name: 'Warehouse',
        address: ADDRESS,
        geo: { latitude: 31.23, longitude: 121.47 },
        timeZone: 'Asia/Shanghai',
        offersPickup: false,
      },
    },
    token,
  );
  await graph.must(
    `mutation ($input: ShippingRateUpsertInput!) { shippingRateUpsert(input: $input) { shippingRate { id } ${ERRORS} } }`,
    { input: { merchantId: merchant.id, title: 'Standard', countries: ['CN'], price: { amount: 800, currency: 'CNY' }, minDays: 1, maxDays: 3 } },
    token,
  );
  const variantIds: string[] = [];
  const place: Place = { token, merchantId: merchant.id, locationId: location.id, categoryId };
  for (let index = 0; index < PRODUCTS_EACH; index++) variantIds.push(await publish(graph, place, STOCK));
  return { id: merchant.id, variantIds, publish: (stock) => publish(graph, place, stock) };
}

/** Who publishes, and where. */
interface Place {
  readonly token: string;
  readonly merchantId: string;
  readonly locationId: string;
  readonly categoryId: string;
}

async function publish(graph: GraphClient, { token, merchantId, locationId, categoryId }: Place, stock: number): Promise<string> {
  const { product } = await graph.must(
    `mutation ($input: ProductCreateInput!) { productCreate(input: $input) { product { id variants { nodes { id } } } ${ERRORS} } }`,
    {
      input: {
        merchantId,
        kind: 'PHYSICAL',
        title: [{ locale: 'en', value: 'Bench goods' }],
        categoryIds: [categoryId],
        variants: [{ sku: randomUUID().slice(0, 12), price: { amount: 1990, currency: 'CNY' }, weightGrams: 100 }],
        fulfilmentModes: ['SHIPPING'],
        idempotencyKey: randomUUID(),
      },
    },
    token,
  );
  const variantId: string = product.variants.nodes[0].id;
  await graph.must(
    `mutation ($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { levels { onHand } ${ERRORS} } }`,
    { input: { changes: [{ variantId, locationId, delta: stock }], reason: 'RECEIVED', idempotencyKey: randomUUID() } },
    token,
  );
  await graph.must(`mutation ($id: ID!) { productPublish(id: $id) { product { id } ${ERRORS} } }`, { id: product.id }, token);
  return variantId;
}
