import { existsSync, readFileSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { z } from 'zod';
import { type Config, loadConfig } from '#platform/config.ts';
import { openMongo } from '#platform/mongo.ts';
import { checkBooks } from './books.ts';

/** `npm run check:books`: prints each invariant with its count; exit code 1 if one is broken. Works beside a running shop. */
try {
  const config = loadConfig(process.env);
  const { uri, stop } = await mongoOf(config);
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 5_000 });
  const checks = await checkBooks((name) => client.db(`${config.DATABASE_PREFIX}${name}`));
  for (const { invariant, checked, violations, examples } of checks) {
    console.log(`${violations === 0 ? 'ok    ' : 'BROKEN'}  ${invariant}: ${checked} checked${violations > 0 ? `, ${violations} broken` : ''}`);
    for (const example of examples) console.log(`          ${JSON.stringify(example)}`);
  }
  const broken = checks.filter(({ violations }) => violations > 0).length;
  console.log(broken === 0 ? 'The books are clean.' : `${broken} of ${checks.length} invariants are broken.`);
  await client.close();
  await stop();
  process.exit(broken === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** The shop's own mongod where it runs, else the one that the settings name or that its data folder holds. */
async function mongoOf(config: Config): Promise<{ uri: string; stop(): Promise<void> }> {
  const running = `${config.DATA_DIR}/mongod/mongod.json`;
  if (!config.MONGODB_URI && existsSync(running)) {
    const { port } = z.object({ port: z.number() }).parse(JSON.parse(readFileSync(running, 'utf8')));
    return { uri: `mongodb://127.0.0.1:${port}/?directConnection=true`, stop: async () => {} };
  }
  return openMongo({ dataDir: config.DATA_DIR, uri: config.MONGODB_URI, binary: config.MONGOD_BINARY, say: (line) => console.error(line) });
}
