import { setImmediate as turn } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { Config } from '#platform/config.ts';
import { ensureIndexes as ensureSandboxIndexes, type PaymentDocument } from '../../subgraphs/order-payment/payments/providers/sandbox/company.ts';
import { MerchantRating } from '../../subgraphs/review/ratings/entities.ts';
import { hashPassword } from '../../subgraphs/user/accounts/passwords.ts';
import { type Block, makeBlock } from './block.ts';
import { calendarOf, startOfDay } from './calendar.ts';
import { categoryDocuments } from './categories.ts';
import type { Demo, Written } from './documents.ts';
import { merchantDocuments } from './merchants.ts';
import { pictureDocuments } from './pictures.ts';
import { BLOCK, DEMO_PASSWORD, type Plan, planOf } from './plan.ts';
import { createProgress, type Progress } from './progress.ts';
import { collectionName, prepareDatabases, type Stores, storesOf } from './stores.ts';

interface Task {
  readonly config: Config;
  readonly mongoUri: string;
  readonly say: (line: string) => void;
}

/** What is known of an earlier filling. It lies in a database of its own, as nothing of the shop. */
interface ShopMark {
  readonly _id: 'shop';
  /** The day that all dates are told from. */
  readonly day: Date;
  readonly blocks: number;
  readonly filledAt: Date | null;
}

/** A part that lies in the databases completely. */
interface PartMark {
  readonly _id: string;
  readonly at: Date;
}

const marksOf = (stores: Stores) => ({
  shop: stores.database('demo').collection<ShopMark>('shop'),
  parts: stores.database('demo').collection<PartMark>('parts'),
});

/** So many blocks are made and written together: about a thousand documents of the frequent kinds. */
const BLOCKS_AT_ONCE = 10;

/** Fills an empty shop for whoever tries it out; goes on where an earlier filling was interrupted. */
export async function seedIfEmpty({ config, mongoUri, say }: Task): Promise<void> {
  if (config.production || config.SEED === 'never') return;
  await withStores({ config, mongoUri }, async (stores) => {
    const mark = await marksOf(stores).shop.findOne({ _id: 'shop' });
    if (mark?.filledAt) return;
    const isForeign =
      mark === null &&
      (await stores
        .database('user')
        .collection('merchant')
        .findOne({}, { projection: { _id: 1 } })) !== null;
    if (isForeign) return;
    await fill(stores, { config, mongoUri, say }, planOf(mark ? mark.blocks / planOf(1).blocks : config.SEED_SCALE));
  });
}

/** Fills or enlarges the demo shop, whatever else the databases hold; what is there already stays as it is. */
export async function seed(task: Task & { readonly scale: number }): Promise<void> {
  const { config, mongoUri, scale, say } = task;
  await withStores({ config, mongoUri }, async (stores) => {
    const plan = planOf(scale);
    const mark = await marksOf(stores).shop.findOne({ _id: 'shop' });
    if (mark?.filledAt && mark.blocks >= plan.blocks) {
      say(`The demo shop has its ${(mark.blocks * BLOCK.products).toLocaleString('en')} products already; nothing to do.`);
      return;
    }
    say('Preparing the databases …');
    await prepareDatabases(mongoUri, config);
    await fill(stores, task, mark && mark.blocks > plan.blocks ? planOf(mark.blocks / planOf(1).blocks) : plan);
  });
}

async function withStores({ config, mongoUri }: Omit<Task, 'say'>, work: (stores: Stores) => Promise<void>): Promise<void> {
  const client = await MongoClient.connect(mongoUri, { serverSelectionTimeoutMS: 5_000 });
  try {
    await work(storesOf(client, config));
  } finally {
    await client.close();
  }
}

async function fill(stores: Stores, { config, say }: Task, plan: Plan): Promise<void> {
  const { blocks, products } = plan;
  const count = (each: number) => (blocks * each).toLocaleString('en');
  say(`Filling the demo shop: ${products.toLocaleString('en')} products, ${count(BLOCK.orders)} orders, ${count(BLOCK.reviews)} reviews.`);
  const progress = createProgress(say, process.stderr);
  const marks = marksOf(stores);
  await ensureSandboxIndexes(stores.database('sandbox').collection<PaymentDocument>('payments'));
  const shop = await marks.shop.findOneAndUpdate(
    { _id: 'shop' },
    { $set: { blocks, filledAt: null }, $setOnInsert: { day: startOfDay(new Date()) } },
    { upsert: true, returnDocument: 'after' },
  );
  progress.show(0, 'hashing the password of the demo accounts');
  const demo: Demo = { config, calendar: calendarOf(shop?.day ?? startOfDay(new Date())), passwordHash: await hashPassword(DEMO_PASSWORD, config.BCRYPT_COST) };
  const done = new Set((await marks.parts.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id));
  await fillFoundations(stores, demo, plan, done, progress);
  await fillBlocks(stores, demo, plan, done, progress);
  await marks.shop.updateOne({ _id: 'shop' }, { $set: { filledAt: new Date() } });
  progress.end('The demo shop is filled.');
}

/** What the blocks stand on: categories, pictures, and the merchants of each district. */
async function fillFoundations(stores: Stores, demo: Demo, { districts }: Plan, done: ReadonlySet<string>, progress: Progress): Promise<void> {
  const once = async (part: string, what: string, make: () => Promise<Written[]> | Written[]) => {
    if (done.has(part)) return;
    progress.show(0.01, what);
    await stores.write(await make());
    await marksOf(stores).parts.insertOne({ _id: part, at: new Date() });
  };
  await once('categories', 'writing categories', () => categoryDocuments(demo));
  await once('pictures', 'drawing pictures', () => pictureDocuments(demo));
  for (let district = 0; district < districts; district += 1) await once(`district ${district}`, 'writing merchants', () => merchantDocuments(demo, district));
}

/** While MongoDB writes some blocks, the next ones are made. */
async function fillBlocks(stores: Stores, demo: Demo, { blocks }: Plan, done: ReadonlySet<string>, progress: Progress): Promise<void> {
  let writing = Promise.resolve();
  for (let from = 0; from < blocks; from += BLOCKS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(BLOCKS_AT_ONCE, blocks - from) }, (_, index) => from + index).filter(
      (number) => !done.has(blockMark(number)),
    );
    if (numbers.length === 0) continue;
    const made: Block[] = [];
    for (const number of numbers) {
      made.push(makeBlock(demo, number));
      // The shop may be serving already, in this very process.
      await turn();
    }
    await writing;
    progress.show(0.05 + (0.95 * from) / blocks, 'writing products, orders and reviews to MongoDB');
    writing = writeBlocks(stores, made);
    // It is awaited in the next round; until then a failure must not count as nobody's.
    writing.catch(() => {});
  }
  await writing;
}

const blockMark = (number: number): string => `block ${number}`;

/** The blocks' documents first; then, in one transaction, that they are there and what they add to the merchants' ratings. */
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
  });
}
