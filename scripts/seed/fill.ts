import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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
    // Beside a shop that serves: in a process of its own, so that it need not wait, nor keep the memory that this takes.
    await carryOut(stores, task, mark?.blocks ?? blocksOf(config.SEED_SCALE), (filling, report) => fillInProcess({ ...filling, config, mongoUri }, report));
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
    await carryOut(stores, task, blocks, (filling, report) => fill(stores, { ...filling, config, mongoUri }, report));
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
  work: (filling: Omit<Filling, 'config' | 'mongoUri'>, report: Report) => Promise<void>,
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

/** What the process is told, in JSON. */
export interface ProcessTask extends Omit<Filling, 'now'> {
  readonly now: string;
}

/** What it answers now and then, in JSON. */
export interface ProcessReport {
  readonly done: number;
  readonly what: string;
}

const MEMORY_MB = 256;

async function fillInProcess({ now, ...filling }: Filling, report: Report): Promise<void> {
  const task: ProcessTask = { ...filling, now: now.toISOString() };
  const script = fileURLToPath(new URL('./fill-process.ts', import.meta.url));
  const child = spawn(process.execPath, [`--max-old-space-size=${MEMORY_MB}`, script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  child.stdin.write(`${JSON.stringify(task)}\n`);
  for await (const line of createInterface({ input: child.stdout })) {
    const { done, what }: ProcessReport = JSON.parse(line);
    report(done, what);
  }
  const [code, signal] = await ended;
  if (code !== 0)
    throw new Error(`The demo shop could not be filled (its process ended with ${signal ?? `code ${code}`}). Start again to go on, or set SEED=never.`);
}
