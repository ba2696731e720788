import { openConfiguredMongo, runProcess } from '#platform/process.ts';
import { printBanner, say } from './banner.ts';
import { seedIfEmpty } from './seed/fill.ts';
import { shopServices, startServices } from './services.ts';

/** `npm run start:services`: the same shop as six processes over HTTP on loopback. */
await runProcess(process.env, async (config) => {
  const mongo = await openConfiguredMongo(config, say);
  try {
    say('Starting six processes …');
    const portOf = (url: string) => Number(new URL(url).port);
    const ports = { gateway: config.PORT, ...Object.fromEntries(Object.entries(config.subgraphUrls).map(([name, url]) => [name, portOf(url)])) };
    const services = await startServices(shopServices(ports, { MONGODB_URI: mongo.uri }));
    await seedIfEmpty({ config, mongoUri: mongo.uri, say });
    printBanner(config, config.publicUrl);
    return {
      lost: mongo.lost,
      close: async () => {
        say('Closing …');
        await services.close();
        await mongo.stop();
      },
    };
  } catch (error) {
    await mongo.stop();
    throw error;
  }
});
