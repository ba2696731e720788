import { setImmediate as turn } from 'node:timers/promises';
import type { Config } from '#platform/config.ts';
import { ensureIndexes as ensureSandboxIndexes, type PaymentDocument } from '../../subgraphs/order-payment/payments/providers/sandbox/company.ts';
import { Coupon } from '../../subgraphs/cart/coupons/entities.ts';
import { MerchantRating } from '../../subgraphs/review/ratings/entities.ts';
import { type Block, makeBlock } from './block.ts';
import { calendarOf } from './calendar.ts';
import { categoryDocuments } from './categories.ts';
import { merchantCoupons, platformCoupons } from './coupons.ts';
import type { Demo, Written } from './documents.ts';
import { keepBooks } from './ledger.ts';
import { marksOf } from './marks.ts';
import { merchantDocuments, merchantsOf } from './merchants.ts';
import { pictureDocuments } from './pictures.ts';
import { districtsOf } from './plan.ts';
import { collectionName, type Stores } from './stores.ts';

export interface Filling {
  readonly config: Config;
  readonly mongoUri: string;
  readonly blocks: number;
  readonly now: Date;
  readonly passwordHash: string;
}

export type Report = (done: number, what: string) => void;

/** So many blocks are made and written together: about a thousand documents of the frequent kinds. */
const BLOCKS_AT_ONCE = 5;
/** How much of the work is done when all blocks are written. */
const WRITTEN = 0.9;

/** Writes all parts that are not there yet. However many there are, a few are in memory at a time. */
export async function fill(stores: Stores, { config, mongoUri, blocks, now, passwordHash }: Filling, report: Report): Promise<void> {
  await ensureSandboxIndexes(stores.database('sandbox').collection<PaymentDocument>('payments'));
  const demo: Demo = { config, calendar: calendarOf(now), passwordHash };
  const parts = await marksOf(stores)
    .parts.find({}, { projection: { _id: 1 } })
    .toArray();
  const done = new Set(parts.map(({ _id }) => _id));
  await fillFoundations(stores, demo, blocks, done, report);
  await fillBlocks(stores, demo, blocks, done, report);
  const merchants = Array.from({ length: districtsOf(blocks) }, (_, district) => merchantsOf(district)).flat();
  await keepBooks({ stores, mongoUri, config, calendar: demo.calendar, merchants }, (part) =>
    report(WRITTEN + (1 - WRITTEN) * part, 'posting the sales to the merchants’ ledgers'),
  );
}

/** What the blocks stand on: categories, pictures, and the merchants of each district. */
async function fillFoundations(stores: Stores, demo: Demo, blocks: number, done: ReadonlySet<string>, report: Report): Promise<void> {
  const once = async (part: string, what: string, make: () => Promise<Written[]> | Written[]) => {
    if (done.has(part)) return;
    report(0.01, what);
    await stores.write(await make());
    await marksOf(stores).parts.insertOne({ _id: part, at: new Date() });
  };
  await once('categories', 'writing categories', () => categoryDocuments(demo));
  await once('coupons', 'writing coupons', () => [platformCoupons(demo)]);
  await once('pictures', 'drawing pictures', () => pictureDocuments(demo));
  for (let district = 0; district < districtsOf(blocks); district += 1) {
    await once(`district ${district}`, 'writing merchants', () => merchantDocuments(demo, district));
    await once(`coupons ${district}`, 'writing coupons', () => [merchantCoupons(demo, merchantsOf(district))]);
  }
}

/** While MongoDB writes some blocks, the next ones are made. */
async function fillBlocks(stores: Stores, demo: Demo, blocks: number, done: ReadonlySet<string>, report: Report): Promise<void> {
  let writing = Promise.resolve();
  for (let from = 0; from < blocks; from += BLOCKS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(BLOCKS_AT_ONCE, blocks - from) }, (_, index) => from + index).filter(
      (number) => !done.has(blockMark(number)),
    );
    if (numbers.length === 0) continue;
    const made: Block[] = [];
    for (const number of numbers) {
      made.push(makeBlock(demo, number));
      // What is being written goes on meanwhile.
      await turn();
    }
    await writing;
    report(0.05 + ((WRITTEN - 0.05) * from) / blocks, 'writing products, orders and reviews to MongoDB');
    writing = writeBlocks(stores, made);
    // It is awaited in the next round; until then a failure must not count as nobody's.
    writing.catch(() => {});
  }
  await writing;
}

const blockMark = (number: number): string => `block ${number}`;

/** The blocks' documents first; then, in one transaction, that they are there and what they add to merchants' ratings and uses of coupons. */
async function writeBlocks(stores: Stores, blocks: readonly Block[]): Promise<void> {
  await stores.write(blocks.flatMap(({ written }) => written));
  const at = new Date();
  const increments = blocks.flatMap(({ ofMerchants }) =>
    [...ofMerchants].map(([_id, counters]) => ({ updateOne: { filter: { _id }, update: { $inc: { ...counters } }, upsert: true } })),
  );
  await stores.inTransaction(async (session) => {
    await marksOf(stores).parts.insertMany(
      blocks.map(({ number }) => ({ _id: blockMark(number), at })),
      { session },
    );
    await stores.database('review').collection<{ _id: string }>(collectionName(MerchantRating)).bulkWrite(increments, { session });
    await stores.database('cart').collection<{ _id: string }>(collectionName(Coupon)).bulkWrite(usesOf(blocks), { session });
  });
}

const usesOf = (blocks: readonly Block[]) =>
  blocks.flatMap(({ couponsUsed }) => [...couponsUsed].map(([_id, usedCount]) => ({ updateOne: { filter: { _id }, update: { $inc: { usedCount } } } })));
