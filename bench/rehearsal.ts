import type { MongoClient } from 'mongodb';
import type { GraphClient } from './client.ts';
import { type Account, type BenchShop, newAccount } from './goods.ts';
import { purchaseSteps, type Step } from './purchase.ts';
import type { Recorded, recorder } from './record.ts';
import { tokensOf } from './replay.ts';

/** A purchase as it was recorded, and what another buyer of other goods puts in the place of its ids. */
export interface Rehearsal {
  readonly steps: readonly (readonly Recorded[])[];
  /** Per client: recorded id → the client's own. */
  readonly substitutions: readonly Readonly<Record<string, string>>[];
  /** Ids that every replay shares with what is in the databases. */
  readonly lasting: readonly string[];
  readonly buy: (client: number) => Promise<void>;
}

const TAKES = 5;
/** The notification, and the relays that tell the other subgraphs, come after the last answer. */
const SETTLE_MS = 700;
const STEP_MS = 60;

/**
 * Has each buyer buy once, then records the first one's purchase a few times and keeps the one of median length: a job or a
 * relay that happened to run meanwhile is in the longer ones.
 */
export async function rehearse(
  graph: GraphClient,
  mongo: MongoClient,
  names: readonly string[],
  shop: BenchShop,
  recording: Awaited<ReturnType<typeof recorder>>,
  clients: number,
): Promise<Rehearsal> {
  const buyers: Account[] = [];
  for (let index = 0; index < clients; index++) buyers.push(await newAccount(graph));
  const userIds: string[] = [];
  for (const { token } of buyers) userIds.push((await graph.must('{ me { id } }', {}, token)).id);
  let turn = 0;
  const stepsOf = buyers.map((buyer, index) => purchaseSteps(graph, buyer, shop, () => index + turn++));
  const buy = (client: number) => carryOut(stepsOf[client % clients] ?? []);
  for (let client = 0; client < clients; client++) await buy(client);

  const [first = { token: '' }] = buyers;
  const steps = purchaseSteps(graph, first, shop, () => 0);
  await carryOut(steps);
  const takes: Recorded[][][] = [];
  for (let take = 0; take < TAKES; take++) {
    const state = {};
    const taken: Recorded[][] = [];
    for (const [index, step] of steps.entries()) taken.push(await recording.record(() => step(state), index === steps.length - 1 ? SETTLE_MS : STEP_MS));
    takes.push(taken);
  }
  const median = takes.sort((a, b) => a.flat().length - b.flat().length)[TAKES >> 1] ?? [];

  const goods = await goodsOf(mongo, names[1] ?? '', shop);
  return {
    steps: median,
    substitutions: userIds.map((userId, client) => ({ [userIds[0] ?? '']: userId, ...goodsFor(client, goods) })),
    lasting: [...userIds, ...tokensOf(JSON.stringify([goods, shop.merchants.map(({ id }) => id), await standing(mongo, names, shop)]))],
    buy,
  };
}

async function carryOut(steps: readonly Step[]): Promise<void> {
  const state = {};
  for (const step of steps) await step(state);
}

/** Merchant → its goods, each with all ids by which it is known: the variant, its product, its stock. */
async function goodsOf(mongo: MongoClient, database: string, { merchants }: BenchShop): Promise<string[][][]> {
  const db = mongo.db(database);
  return Promise.all(
    merchants.map(({ variantIds }) =>
      Promise.all(
        variantIds.map(async (variantId) => {
          const variant = await db.collection<{ _id: string; productId: string }>('product-variant').findOne({ _id: variantId });
          const level = await db.collection<{ _id: string }>('inventory-level').findOne({ variantId });
          return [variantId, variant?.productId ?? '', level?._id ?? ''];
        }),
      ),
    ),
  );
}

/** The recorded purchase is of each merchant's first goods; client n's replays are of its nth. */
const goodsFor = (client: number, goods: readonly (readonly (readonly string[])[])[]): Record<string, string> =>
  Object.fromEntries(goods.flatMap((ofMerchant) => (ofMerchant[0] ?? []).map((id, place) => [id, ofMerchant[client % ofMerchant.length]?.[place] ?? id])));

/** What was there before the purchase and is there after it. */
const standing = async (mongo: MongoClient, names: readonly string[], { merchants }: BenchShop) => {
  const of = { merchantId: { $in: merchants.map(({ id }) => id) } };
  return Promise.all([
    mongo
      .db(names[1])
      .collection('location')
      .find(of, { projection: { _id: 1 } })
      .toArray(),
    mongo
      .db(names[2])
      .collection('shipping-rate')
      .find(of, { projection: { _id: 1 } })
      .toArray(),
    ...names.map((name) => mongo.db(name).collection('leases').find().toArray()),
  ]);
};
