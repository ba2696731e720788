import { openConfiguredMongo, runProcess } from '#platform/process.ts';
import { startShop } from '../gateway/shop.ts';
import { printBanner, say } from './banner.ts';
import { seedIfEmpty } from './seed/fill.ts';

/** `npm start`: a MongoDB if none is named, the whole shop in one process, demo data if there is none. */
await runProcess(process.env, async (config, log) => {
  const mongo = await openConfiguredMongo(config, say);
  try {
    say('Starting the shop …');
    const shop = await startShop({ config, mongoUri: mongo.uri, log });
    await seedIfEmpty({ config: shop.config, mongoUri: mongo.uri, say });
    printBanner(shop.config, shop.url);
    return {
      lost: mongo.lost,
      close: async () => {
        say('Closing …');
        await shop.close();
        await mongo.stop();
      },
    };
  } catch (error) {
    await mongo.stop();
    throw error;
  }
});
