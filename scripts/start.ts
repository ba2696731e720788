import { openConfiguredMongo, runProcess } from '#platform/process.ts';
import { startShop } from '../gateway/shop.ts';
import { printBanner, say } from './banner.ts';
import { seedIfEmpty } from './seed/fill.ts';

/**
 * glibc gives each thread an arena of memory of its own, and hardly takes it back. That two are enough it must be told before
 * a process begins: this one begins again, in its own place. Whoever watches over it by a channel would lose that.
 */
function withFewArenas(): void {
  if (process.platform !== 'linux' || process.env['MALLOC_ARENA_MAX'] !== undefined || process.connected) return;
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], { ...process.env, MALLOC_ARENA_MAX: '2' });
}

withFewArenas();

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
