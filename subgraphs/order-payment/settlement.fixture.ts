import { newId } from '#platform/entity.ts';
import type { Identity } from '#platform/identity.ts';
import { type BookCheck, checkBooks } from '../../scripts/books.ts';
import { buyer, member, staff } from '../../test/subgraphs.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

export const ERRORS = 'userErrors { __typename code message path }';

const RUN = `mutation ($input: PayoutRunInput!) { payoutRun(input: $input) {
  payouts { id status amount { amount currency } periodStart periodEnd merchant { id } failure { code message } }
  held { merchant { id } amount { amount } blockers } ${ERRORS} } }`;
const RECORD = `mutation ($input: PayoutRecordInput!) { payoutRecord(input: $input) { payout { id status settledAt failure { code } } ${ERRORS} } }`;

const DAY_MS = 24 * 3600_000;
export const day = (ago: number): string => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);

/** A shop whose merchants are paid: what tests of settlement do again and again. */
export interface SettlingShop extends PayingShop {
  /** Sold, shipped and received; posted. */
  complete(purchase: Purchase, merchant: ShopMerchant): Promise<void>;
  refundOf(purchase: Purchase, merchant: ShopMerchant, quantity: number): Promise<any>;
  balance(merchant: ShopMerchant): Promise<{ pending: number; available: number; reserved: number; owed: number } | undefined>;
  ledger(merchant: ShopMerchant): Promise<any[]>;
  /** As if it had become available so many days ago. */
  backdate(merchant: ShopMerchant, days: number): Promise<void>;
  verify(merchant: ShopMerchant): Promise<void>;
  run(input: object, who?: Identity): Promise<any>;
  record(payoutId: string, outcome: string, at?: string): Promise<any>;
  openStall(price?: number): Promise<Stall>;
  /** Fields of the merchant, as a reference is resolved; `required` is what comes with it. */
  merchantFields(merchant: ShopMerchant, fields: string, identity?: Identity, required?: object): Promise<{ merchant: any; errors: unknown }>;
  /** Kinds and amounts of the ledger. */
  kinds(merchant: ShopMerchant): Promise<[string, number][]>;
  brokenBooks(): Promise<BookCheck[]>;
}

/** A merchant with one article. */
export interface Stall {
  readonly merchant: ShopMerchant;
  readonly variantId: string;
  sell(quantity?: number): Promise<Purchase>;
  /** Sold, received, and available since ten days. */
  earn(quantity?: number): Promise<Purchase>;
}

export const finance = staff('payouts:run', 'merchant:payouts', 'merchants:review', 'orders:read_all');
export const accountant = ({ merchantId }: ShopMerchant): Identity => member(merchantId, ['merchant:read', 'orders:read', 'merchant:payouts'], 'FINANCE');

export async function startSettlingShop(environment: Record<string, string> = {}): Promise<SettlingShop> {
  const shop = await startPayingShop({ SETTLEMENT_POSTING_SECONDS: '0', COMMISSION_RATE_BPS: '1000', ...environment });
  const { must } = shop;

  const complete: SettlingShop['complete'] = async (purchase, merchant) => {
    const order = purchase.orders.find((candidate) => candidate.merchant.id === merchant.merchantId);
    const parcel = { orderId: order?.id, carrier: 'SF', trackingNumber: '1', idempotencyKey: key() };
    await must(
      'order-payment',
      'mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { userErrors { code } } }',
      { input: parcel },
      merchant.owner,
    );
    await must('order-payment', 'mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { userErrors { code } } }', { id: order?.id }, purchase.who);
    await shop.settle();
  };
  const refundOf: SettlingShop['refundOf'] = async (purchase, merchant, quantity) => {
    const order = purchase.orders.find((candidate) => candidate.merchant.id === merchant.merchantId);
    const input = { orderId: order?.id, reason: 'OTHER', lines: [{ orderLineId: order?.lines[0]?.id, quantity }], idempotencyKey: key() };
    const refund = `mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id status approvedAmount { amount } } ${ERRORS} } }`;
    return must('order-payment', refund, { input }, merchant.owner);
  };
  const balance: SettlingShop['balance'] = async (merchant) => {
    const query = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Merchant { balances {
      currency pending { amount } available { amount } reserved { amount } owed { amount } } } } }`;
    const [found] = await must('order-payment', query, { ids: [{ __typename: 'Merchant', id: merchant.merchantId }] }, accountant(merchant));
    const [only] = found.balances;
    return only && Object.fromEntries(['pending', 'available', 'reserved', 'owed'].map((name) => [name, only[name].amount]));
  };
  const ledger: SettlingShop['ledger'] = (merchant) =>
    shop.running('order-payment').runtime.database.collection('ledger-entry').find({ merchantId: merchant.merchantId }).sort({ sequence: 1 }).toArray();
  const backdate: SettlingShop['backdate'] = async (merchant, days) => {
    await shop
      .running('order-payment')
      .runtime.database.collection('order-settlement')
      .updateMany({ accountId: `${merchant.merchantId}|CNY`, availableAt: { $ne: null } }, { $set: { availableAt: new Date(Date.now() - days * DAY_MS) } });
  };
  const verify: SettlingShop['verify'] = async (merchant) => {
    const account = { merchantId: merchant.merchantId, provider: 'bank', providerToken: `tok_${newId('x')}`, currency: 'CNY', idempotencyKey: key() };
    const set = `mutation ($input: PayoutAccountSetInput!) { payoutAccountSet(input: $input) { merchant { payoutAccount { version status } } ${ERRORS} } }`;
    const { merchant: changed } = await must('user', set, { input: account }, accountant(merchant));
    const review = `mutation ($input: PayoutAccountReviewInput!) { payoutAccountReview(input: $input) { merchant { payoutAccountStatus } ${ERRORS} } }`;
    const input = { merchantId: merchant.merchantId, decision: 'VERIFY', expectedVersion: changed.payoutAccount.version, reason: 'as in the papers' };
    await must('user', review, { input }, finance);
  };
  const run: SettlingShop['run'] = (input, who = finance) =>
    must('order-payment', RUN, { input: { periodEnd: day(1), dryRun: false, idempotencyKey: key(), ...input } }, who);
  const record: SettlingShop['record'] = (payoutId, outcome, at) => {
    const failure = ['FAILED', 'REVERSED'].includes(outcome) ? { code: 'AC04', message: 'The account is closed.' } : null;
    return must('order-payment', RECORD, { input: { payoutId, outcome, failure, at } }, finance);
  };
  const openStall: SettlingShop['openStall'] = async (price = 1000) => {
    const merchant = await shop.openMerchant();
    const variantId = await shop.addVariant(merchant, { price, stock: 1000 });
    const sell = async (quantity = 1) => {
      const purchase = await shop.sell(buyer(), [{ variantId, quantity }], [merchant]);
      await shop.settle();
      return purchase;
    };
    const earn = async (quantity = 1) => {
      const purchase = await sell(quantity);
      await complete(purchase, merchant);
      await backdate(merchant, 10);
      return purchase;
    };
    return { merchant, variantId, sell, earn };
  };
  const merchantFields: SettlingShop['merchantFields'] = async (merchant, fields, identity = accountant(merchant), required = {}) => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Merchant { ${fields} } } }`;
    const { data, errors } = await shop.ask('order-payment', query, { of: [{ __typename: 'Merchant', id: merchant.merchantId, ...required }] }, { identity });
    return { merchant: data._entities[0], errors };
  };
  const kinds: SettlingShop['kinds'] = async (merchant) => (await ledger(merchant)).map(({ kind, amount }) => [kind, amount]);
  const brokenBooks: SettlingShop['brokenBooks'] = async () =>
    (await checkBooks((name) => shop.running('order-payment').runtime.openDatabase(name))).filter(({ violations }) => violations > 0);
  return Object.assign(shop, { complete, refundOf, balance, ledger, backdate, verify, run, record, openStall, merchantFields, kinds, brokenBooks });
}
