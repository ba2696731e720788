import { MikroORM } from '@mikro-orm/mongodb';
import type { Config } from '#platform/config.ts';
import { orderPayment } from '../../subgraphs/order-payment/index.ts';
import { catchUp } from '../../subgraphs/order-payment/settlement/catching-up.ts';

/** Posts what the demo merchants have sold, as the shop posts its own sales; what is posted already stays. */
export async function postSales(mongoUri: string, config: Config, onProgress: (done: number) => void): Promise<void> {
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
  } finally {
    await orm.close();
  }
}
