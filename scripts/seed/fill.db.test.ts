import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Config, loadConfig } from '#platform/config.ts';
import { checkBooks } from '../books.ts';
import { seed, seedIfEmpty } from './fill.ts';
import { DemoConflictError } from './stores.ts';

const DATABASES = ['user', 'product', 'cart', 'order-payment', 'review', 'sandbox'] as const;

let client: MongoClient;
let dataDir: string;
let config: Config;
let said: string[];

const mongoUri = () => inject('mongoUri');
const say = (line: string) => said.push(line);
const database = (name: string) => client.db(`${config.DATABASE_PREFIX}${name}`);
const settings = (environment: Record<string, string> = {}): Config =>
  loadConfig({ DATABASE_PREFIX: config.DATABASE_PREFIX, DATA_DIR: dataDir, BCRYPT_COST: '4', SEED_SCALE: '0.02', ...environment });
const grow = (scale: number) => seed({ config, mongoUri: mongoUri(), say, scale });

beforeAll(async () => {
  client = await MongoClient.connect(mongoUri());
  dataDir = await mkdtemp(`${tmpdir()}/tradegraph-seed-`);
});
afterAll(async () => {
  await client.close();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  said = [];
  config = loadConfig({ DATABASE_PREFIX: `s${randomBytes(5).toString('hex')}-`, DATA_DIR: dataDir, BCRYPT_COST: '4' });
});
afterEach(async () => {
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases) if (name.startsWith(config.DATABASE_PREFIX)) await client.db(name).dropDatabase();
});

/** How many documents each collection has. */
async function counts(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of DATABASES) {
    for (const { name: collection } of await database(name).listCollections({}, { nameOnly: true }).toArray()) {
      const count = await database(name).collection(collection).countDocuments();
      if (count > 0) found[`${name}/${collection}`] = count;
    }
  }
  return found;
}

async function brokenBooks() {
  return (await checkBooks(database)).filter(({ violations }) => violations > 0);
}

describe('filling the demo shop', () => {
  test('leaves books that are clean, and the numbers of its scale', async () => {
    await grow(0.02);
    expect(await brokenBooks()).toEqual([]);
    expect(await counts()).toMatchObject({
      'user/user': 8 + 2 + 10,
      'user/merchant': 10,
      'product/category': 60,
      'product/product': 40,
      'product/product-variant': 100,
      'order-payment/order': 100,
      'order-payment/order-group': 80,
      'cart/coupon': 8 + 3,
      'review/review': 160,
      'review/merchant-rating': 8,
    });
    const payouts = await database('order-payment').collection('payout').distinct('status');
    expect(payouts.sort()).toEqual(['SENT', 'SETTLED']);
    expect(said.at(-1)).toMatch(/^The demo shop is filled\. \(/);
    expect((await readdir(`${dataDir}/media/original`, { recursive: true })).filter((file) => file.includes('media_')).length).toBe(
      await database('product').collection('media').countDocuments(),
    );
  });

  test('a second time does nothing, and a larger scale adds to it', async () => {
    await grow(0.02);
    const before = await counts();
    await grow(0.02);
    await grow(0.01);
    expect(await counts()).toEqual(before);
    expect(said.filter((line) => line.includes('nothing to do'))).toHaveLength(2);

    await grow(0.03);
    expect(await counts()).toMatchObject({
      'product/product': 60,
      'order-payment/order': 150,
      'review/review': 240,
      'product/category': 60,
      'user/merchant': 10,
    });
    expect(await brokenBooks()).toEqual([]);
  });

  test('goes on where it was interrupted, and keeps what people have changed meanwhile', async () => {
    await grow(0.02);
    const before = await counts();
    const product = await database('product')
      .collection('product')
      .findOneAndUpdate({}, { $set: { brand: 'Changed by hand' } });
    // As if it had been killed while it wrote the second block: some of it is there, its mark is not.
    await database('demo').collection<{ _id: string }>('parts').deleteOne({ _id: 'block 1' });
    await database('demo')
      .collection('shop')
      .updateOne({}, { $set: { filledAt: null } });
    const orders = await database('order-payment')
      .collection('order')
      .find({}, { sort: { _id: 1 }, limit: 0 })
      .toArray();
    const unfinished = orders.filter((_, index) => index % 3 === 0).map(({ _id }) => _id);
    await database('order-payment')
      .collection('order')
      .deleteMany({ _id: { $in: unfinished }, number: { $exists: true }, buyerId: { $in: await buyersOfBlock(1) } });
    await forgetRatings(1);
    await forgetCouponUses(1);

    await seedIfEmpty({ config: settings(), mongoUri: mongoUri(), say });
    expect(await counts()).toEqual(before);
    expect(await brokenBooks()).toEqual([]);
    expect(await database('product').collection('product').findOne({ _id: product?._id })).toMatchObject({ brand: 'Changed by hand' });
  });

  test('does not fit beside somebody who has a demo e-mail', async () => {
    await seed({ config, mongoUri: mongoUri(), say, scale: 0.01 });
    await database('user').collection('user').deleteOne({ emailKey: 'buyer1@example.test' });
    await database('user')
      .collection<{ _id: string }>('user')
      .insertOne({ _id: 'user_of_their_own', emailKey: 'buyer1@example.test', usernameKey: 'somebody' } as never);
    await database('demo').dropDatabase();
    await expect(grow(0.01)).rejects.toThrow(DemoConflictError);
    await expect(grow(0.01)).rejects.toThrow(/buyer1@example\.test.*DATABASE_PREFIX/);
  });
});

/** The block's buyers, by the number in their e-mail. */
const buyersOfBlock = async (block: number): Promise<string[]> =>
  (
    await database('user')
      .collection('user')
      .find({ emailKey: { $in: [1, 2, 3, 4, 5].map((index) => `buyer${block * 5 + index}@example.test`) } })
      .toArray()
  ).map(({ _id }) => String(_id));

/** Takes out of the merchants' ratings what a block added: its mark and its share are one write. */
async function forgetRatings(block: number): Promise<void> {
  const reviews = await database('review')
    .collection('review')
    .find({ authorId: { $in: await buyersOfBlock(block) }, status: 'PUBLISHED' })
    .toArray();
  for (const { merchantId, rating, verifiedPurchase } of reviews) {
    await database('review')
      .collection<{ _id: string }>('merchant-rating')
      .updateOne({ _id: merchantId }, { $inc: { sum: -rating, count: -1, verifiedCount: verifiedPurchase ? -1 : 0, [`histogram.${rating}`]: -1 } });
  }
}

/** The same with the counters of coupons. */
async function forgetCouponUses(block: number): Promise<void> {
  const owners = (await buyersOfBlock(block)).map((id) => `user:${id}`);
  const uses = await database('cart')
    .collection('coupon-use')
    .find({ owner: { $in: owners }, state: 'USED' })
    .toArray();
  for (const { couponId } of uses)
    await database('cart')
      .collection<{ _id: string }>('coupon')
      .updateOne({ _id: couponId }, { $inc: { usedCount: -1 } });
}

describe('at the start of a shop', () => {
  test('an empty one is filled once', async () => {
    await seedIfEmpty({ config: settings(), mongoUri: mongoUri(), say });
    const before = await counts();
    expect(before['product/product']).toBe(40);
    said = [];
    await seedIfEmpty({ config: settings({ SEED_SCALE: '1' }), mongoUri: mongoUri(), say });
    expect(await counts()).toEqual(before);
    expect(said).toEqual([]);
  });

  test.each([
    ['SEED=never', () => settings({ SEED: 'never' })],
    ['production', () => ({ ...settings(), production: true })],
  ])('%s leaves it empty', async (_, make) => {
    await seedIfEmpty({ config: make(), mongoUri: mongoUri(), say });
    expect(await counts()).toEqual({});
    expect(said).toEqual([]);
  });

  test("somebody's own shop is left alone", async () => {
    await database('user').collection<{ _id: string }>('merchant').insertOne({ _id: 'merch_of_their_own' });
    await seedIfEmpty({ config: settings(), mongoUri: mongoUri(), say });
    expect(await counts()).toEqual({ 'user/merchant': 1 });
  });
});
