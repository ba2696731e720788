import { ConfigError, loadConfig } from '#platform/config.ts';
import { MongoUnavailableError } from '#platform/mongo.ts';
import { closePasswordThreads } from '../subgraphs/user/accounts/passwords.ts';
import { say } from './banner.ts';
import { mongoBeside } from './running-mongo.ts';
import { seed } from './seed/fill.ts';
import { DEMO_PASSWORD } from './seed/plan.ts';
import { scaleOf, UsageError } from './seed/scale.ts';
import { DemoConflictError } from './seed/stores.ts';

/** `npm run seed -- --scale N`: fills or enlarges the demo shop, also beside a running one. Run twice, it does nothing the second time. */
const EXPECTED = [ConfigError, MongoUnavailableError, DemoConflictError, UsageError];

try {
  const config = loadConfig(process.env);
  const scale = scaleOf(process.argv.slice(2), config.SEED_SCALE);
  if (config.production) throw new UsageError('The demo shop has accounts with a public password: it is not filled where NODE_ENV is production.');
  const mongo = await mongoBeside(config, say);
  try {
    await seed({ config, mongoUri: mongo.uri, scale, say });
    say(`Demo accounts: merchant1@example.test …, buyer1@example.test …, password ${DEMO_PASSWORD}`);
  } finally {
    await mongo.stop();
    await closePasswordThreads();
  }
} catch (error) {
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  console.error(isExpected && error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
