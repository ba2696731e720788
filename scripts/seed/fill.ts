import { Worker } from 'node:worker_threads';
import { MongoClient } from 'mongodb';
import type { Config } from '#platform/config.ts';
import { hashPassword } from '../../subgraphs/user/accounts/passwords.ts';
import { startOfHour } from './calendar.ts';
import { type Filling, fill, type Report } from './filling.ts';
import { marksOf, type ShopMark } from './marks.ts';
import { BLOCK, blocksOf, DEMO_PASSWORD } from './plan.ts';
import { createProgress } from './progress.ts';
import { prepareDatabases, type Stores, storesOf } from './stores.ts';

interface Task {
  readonly config: Config;
  readonly mongoUri: string;
  readonly say: (line: string) => void;
}

/** Fills an empty shop for whoever tries it out; goes on where an earlier filling was interrupted. */
export async function seedIfEmpty(task: Task): Promise<void> {
  const { config, mongoUri } = task;
  if (config.production || config.SEED === 'never') return;
  await withStores(task, async (stores) => {
    const mark = await marksOf(stores).shop.findOne({ _id: 'shop' });
    if (mark?.filledAt) return;
    const isForeign =
      mark === null &&
      (await stores
        .database('user')
        .collection('merchant')
        .findOne({}, { projection: { _id: 1 } })) !== null;
    if (isForeign) return;
    // Beside a shop that serves: on another thread, so that it need not wait, nor keep the memory that this takes.
    await carryOut(stores, task, mark?.blocks ?? blocksOf(config.SEED_SCALE), (filling, report) => fillOnThread({ ...filling, config, mongoUri }, report));
  });
}

/** Fills or enlarges the demo shop, whatever else the databases hold; what is there already stays as it is. */
export async function seed(task: Task & { readonly scale: number }): Promise<void> {
  const { config, mongoUri, scale, say } = task;
  await withStores(task, async (stores) => {
    const mark = await marksOf(stores).shop.findOne({ _id: 'shop' });
    const blocks = Math.max(blocksOf(scale), mark?.blocks ?? 0);
    if (mark?.filledAt && mark.blocks === blocks) {
      say(`The demo shop has its ${(blocks * BLOCK.products).toLocaleString('en')} products already; nothing to do.`);
      return;
    }
    say('Preparing the databases …');
    await prepareDatabases(mongoUri, config);
    await carryOut(stores, task, blocks, (filling, report) => fill(stores, { ...filling, config }, report));
  });
}

async function withStores({ config, mongoUri }: Task, work: (stores: Stores) => Promise<void>): Promise<void> {
  const client = await MongoClient.connect(mongoUri, { serverSelectionTimeoutMS: 5_000 });
  try {
    await work(storesOf(client, config));
  } finally {
    await client.close();
  }
}

async function carryOut(
  stores: Stores,
  { config, say }: Task,
  blocks: number,
  work: (filling: Omit<Filling, 'config'>, report: Report) => Promise<void>,
): Promise<void> {
  const count = (each: number) => (blocks * each).toLocaleString('en');
  say(`Filling the demo shop: ${count(BLOCK.products)} products, ${count(BLOCK.orders)} orders, ${count(BLOCK.reviews)} reviews.`);
  const progress = createProgress(say, process.stderr);
  progress.show(0, 'hashing the password of the demo accounts');
  const passwordHash = await hashPassword(DEMO_PASSWORD, config.BCRYPT_COST);
  const { now } = await begin(stores, blocks);
  await work({ blocks, now, passwordHash }, progress.show);
  await marksOf(stores).shop.updateOne({ _id: 'shop' }, { $set: { filledAt: new Date() } });
  progress.end('The demo shop is filled.');
}

/** From now on it is a demo shop, if not yet a whole one. */
async function begin(stores: Stores, blocks: number): Promise<Pick<ShopMark, 'now'>> {
  const now = startOfHour(new Date());
  const mark = await marksOf(stores).shop.findOneAndUpdate(
    { _id: 'shop' },
    { $set: { blocks, filledAt: null }, $setOnInsert: { now } },
    { upsert: true, returnDocument: 'after' },
  );
  return mark ?? { now };
}

/** What a thread is told. */
export interface ThreadTask extends Filling {
  readonly mongoUri: string;
}

/** What it answers now and then. */
export interface ThreadReport {
  readonly done: number;
  readonly what: string;
}

const THREAD_MEMORY_MB = 256;

function fillOnThread(workerData: ThreadTask, report: Report): Promise<void> {
  const worker = new Worker(new URL('./fill-worker.ts', import.meta.url), {
    workerData,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
  });
  worker.on('message', ({ done, what }: ThreadReport) => report(done, what));
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the thread that fills the demo shop ended with code ${code}`))));
  });
}
