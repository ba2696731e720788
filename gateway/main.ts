import { openConfiguredMongo, runProcess } from '#platform/process.ts';
import { startShop } from './shop.ts';

/** The gateway as a process: over the services that the settings name, or with everything in it (`TOPOLOGY=embedded`). */
await runProcess(process.env, async (config, log) => {
  const mongo = config.TOPOLOGY === 'embedded' ? await openConfiguredMongo(config, (line) => log.info({}, line)) : null;
  const shop = await startShop({ config, mongoUri: mongo?.uri ?? null, log });
  log.info({ url: shop.url, topology: config.TOPOLOGY }, 'serving');
  return {
    ...(mongo && { lost: mongo.lost }),
    close: async () => {
      await shop.close();
      await mongo?.stop();
    },
  };
});
