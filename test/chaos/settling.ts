import { setTimeout as sleep } from 'node:timers/promises';
import type { Databases } from '../../scripts/books.ts';

const SUBGRAPHS = ['user', 'product', 'cart', 'order-payment', 'review'] as const;
/** A job may wait so long for its turn. */
const SLACK_MS = 5_000;

interface Open {
  readonly what: string;
  readonly database: string;
  readonly collection: string;
  readonly filter: (now: Date) => object;
}

const late = (now: Date) => new Date(now.getTime() - SLACK_MS);

/** What is still under way; nothing of it may outlast two minutes without faults. */
const OPEN: readonly Open[] = [
  { what: 'unfinished checkouts', database: 'order-payment', collection: 'order-group', filter: () => ({ status: 'PREPARING' }) },
  { what: 'locked carts', database: 'cart', collection: 'cart', filter: () => ({ state: 'CHECKING_OUT' }) },
  {
    what: 'overdue purchases',
    database: 'order-payment',
    collection: 'order-group',
    filter: (now) => ({ status: 'PENDING_PAYMENT', expiresAt: { $lt: late(now) } }),
  },
  {
    what: 'refunds under way',
    database: 'order-payment',
    collection: 'refund-request',
    filter: () => ({ status: { $in: ['PROCESSING', 'FAILED', 'APPROVED'] } }),
  },
  { what: 'payments under way', database: 'order-payment', collection: 'payment', filter: () => ({ status: { $in: ['CREATED', 'PROCESSING'] } }) },
  {
    what: 'odd money without an end',
    database: 'order-payment',
    collection: 'payment-anomaly',
    filter: () => ({ resolution: null, paymentId: { $ne: null } }),
  },
  ...SUBGRAPHS.flatMap((name): Open[] => [
    { what: `overdue jobs of ${name}`, database: name, collection: 'jobs', filter: (now) => ({ deadAt: null, runAt: { $lt: late(now) } }) },
    { what: `dead jobs of ${name}`, database: name, collection: 'jobs', filter: () => ({ deadAt: { $ne: null } }) },
    { what: `leased jobs of ${name}`, database: name, collection: 'jobs', filter: () => ({ leaseUntil: { $ne: null } }) },
    { what: `untold events of ${name}`, database: name, collection: 'outbox', filter: () => ({ publishedAt: null }) },
    { what: `leases of ${name}`, database: name, collection: 'leases', filter: (now) => ({ until: { $gt: now } }) },
    { what: `claims of ${name}`, database: name, collection: 'idempotency_keys', filter: (now) => ({ status: 'RUNNING', leaseUntil: { $gt: now } }) },
  ]),
];

export interface Settled {
  readonly seconds: number;
  /** What did not settle, with one example each. */
  readonly stuck: string[];
}

/**
 * Waits until nothing is under way any more, for so long at most: nor a payment of which every notification was lost, so
 * that the shop hears of it only when it asks, at the purchase's expiry.
 */
export async function settle(databases: Databases, withinMs: number): Promise<Settled> {
  const startedAt = Date.now();
  for (;;) {
    const stuck = [...(await stillOpen(databases)), ...(await disagreements(databases))];
    const elapsed = Date.now() - startedAt;
    if (stuck.length === 0 || elapsed > withinMs) return { seconds: elapsed / 1000, stuck };
    await sleep(500);
  }
}

async function stillOpen(databases: Databases): Promise<string[]> {
  const now = new Date();
  const found = await Promise.all(
    OPEN.map(async ({ what, database, collection, filter }) => {
      const rows = databases(database).collection(collection);
      const [count, example] = [await rows.countDocuments(filter(now)), await rows.findOne(filter(now))];
      return count > 0 ? `${count} ${what}: ${JSON.stringify(example).slice(0, 600)}` : null;
    }),
  );
  return found.filter((line) => line !== null);
}

/** The payment company's books beside ours: what it took and gave back, by payment. */
export async function disagreements(databases: Databases): Promise<string[]> {
  const theirs = await databases('sandbox')
    .collection<any>('payments')
    .find({ captured: { $exists: true } }, { projection: { paymentId: 1, captured: 1, refunds: 1 } })
    .toArray();
  const ours = new Map(
    (
      await databases('order-payment')
        .collection<any>('payment')
        .find({ _id: { $in: theirs.map(({ paymentId }) => paymentId) } }, { projection: { captured: 1, capturedCurrency: 1, refunded: 1 } })
        .toArray()
    ).map((payment) => [payment._id, payment]),
  );
  return theirs.flatMap(({ paymentId, captured, refunds }) => {
    const payment = ours.get(paymentId);
    const paidBack = refunds.filter(({ status }: any) => status === 'SUCCEEDED').reduce((total: number, { amount }: any) => total + Number(amount), 0);
    const [taken, known] = [`${captured.amount} ${captured.currency}`, payment ? `${payment.captured} ${payment.capturedCurrency}` : 'nothing'];
    return [
      ...(taken === known ? [] : [`${paymentId}: the company took ${taken}, the shop knows of ${known}`]),
      ...(paidBack === Number(payment?.refunded ?? 0) ? [] : [`${paymentId}: the company paid back ${paidBack}, the shop knows of ${payment?.refunded}`]),
    ];
  });
}
