import { type EntityManager, MikroORM } from '@mikro-orm/mongodb';
import type { Config } from '#platform/config.ts';
import { findRows } from '#platform/rows.ts';
import { orderPayment } from '../../subgraphs/order-payment/index.ts';
import { catchUp } from '../../subgraphs/order-payment/settlement/catching-up.ts';
import { MerchantAccount } from '../../subgraphs/order-payment/settlement/entities.ts';
import { createLoaders } from '../../subgraphs/order-payment/settlement/loaders.ts';
import { recordPayout } from '../../subgraphs/order-payment/settlement/outcomes.ts';
import { type Payees, payOutAll, periodUntil } from '../../subgraphs/order-payment/settlement/payouts.ts';
import { dateIn } from '../../subgraphs/order-payment/settlement/periods.ts';
import { ACCOUNT_FIELDS, type Payout } from '../../subgraphs/order-payment/settlement/sources.ts';
import { type Calendar, DAY } from './calendar.ts';
import type { DemoMerchant } from './merchants.ts';
import { collectionName, type Stores } from './stores.ts';
import { Merchant } from '../../subgraphs/user/merchants/entities.ts';

interface Bookkeeping {
  readonly stores: Stores;
  readonly mongoUri: string;
  readonly config: Config;
  readonly calendar: Calendar;
  readonly merchants: readonly DemoMerchant[];
}

/** Posts what the demo merchants have sold, and pays them out, as the shop does it itself; what is done already stays. */
export async function keepBooks(bookkeeping: Bookkeeping, onProgress: (done: number) => void): Promise<void> {
  const { mongoUri, config } = bookkeeping;
  const { name, entities } = orderPayment;
  const orm = await MikroORM.init({
    entities: [...entities],
    clientUrl: mongoUri,
    dbName: `${config.DATABASE_PREFIX}${name}`,
    ensureIndexes: true,
    ignoreUndefinedInQuery: true,
  });
  try {
    await orm.connect();
    await catchUp(orm.em.fork(), config, onProgress);
    await payOut(orm.em.fork(), bookkeeping);
  } finally {
    await orm.close();
  }
}

/** How long before the filling periods ended, and how far their payouts have come. What was completed since is available. */
const PERIODS = [
  { age: 50 * DAY, outcomes: ['SENT', 'SETTLED'] },
  { age: 20 * DAY, outcomes: ['SENT'] },
] as const;

async function payOut(em: EntityManager, { stores, config, calendar, merchants }: Bookkeeping): Promise<void> {
  for (const { age, outcomes } of PERIODS) {
    const period = periodUntil(dateIn(calendar.before(age), config.SETTLEMENT_TIME_ZONE), config.SETTLEMENT_TIME_ZONE);
    const { payouts } = await payOutAll(em, await payeesAmong(em, stores, merchants), period);
    for (const payout of payouts) await bankSays(em, payout, outcomes);
  }
}

/** The demo's own merchants, as they stand now: others in the same shop are paid by its staff. */
async function payeesAmong(em: EntityManager, stores: Stores, merchants: readonly DemoMerchant[]): Promise<Payees> {
  const ids = merchants.map(({ id }) => id);
  const found = await stores
    .database('user')
    .collection<{ _id: string; status: string; payoutAccount: { status: string } | null }>(collectionName(Merchant))
    .find({ _id: { $in: ids } }, { projection: { status: 1, 'payoutAccount.status': 1 } })
    .toArray();
  return {
    accounts: await findRows(em, MerchantAccount, { merchantId: { $in: ids }, balance: { $gt: 0 } }, ACCOUNT_FIELDS, { sort: { _id: 1 } }),
    standings: new Map(found.map(({ _id, status, payoutAccount }) => [_id, { status, payoutAccountStatus: payoutAccount?.status ?? null }])),
  };
}

async function bankSays(em: EntityManager, payout: Payout, outcomes: readonly ('SENT' | 'SETTLED')[]): Promise<void> {
  if (payout.status !== 'CREATED') return;
  for (const outcome of outcomes) await recordPayout({ em, loaders: createLoaders(em), wake: () => {} }, { payoutId: payout.id, outcome });
}
