import { MongoClient } from 'mongodb';
import { loadConfig } from '#platform/config.ts';
import { say } from './banner.ts';
import { checkBooks } from './books.ts';
import { mongoBeside } from './running-mongo.ts';

/** `npm run check:books`: prints each invariant with its count; exit code 1 if one is broken. Works beside a running shop. */
try {
  const config = loadConfig(process.env);
  const { uri, stop } = await mongoBeside(config, say);
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 5_000 });
  const checks = await checkBooks((name) => client.db(`${config.DATABASE_PREFIX}${name}`));
  for (const { invariant, checked, violations, examples } of checks) {
    console.log(`${violations === 0 ? 'ok    ' : 'BROKEN'}  ${invariant}: ${checked} checked${violations > 0 ? `, ${violations} broken` : ''}`);
    for (const example of examples) console.log(`          ${JSON.stringify(example)}`);
  }
  const broken = checks.filter(({ violations }) => violations > 0).length;
  if (checks.every(({ checked }) => checked === 0))
    throw new Error('There is nothing here to be checked: name the databases of a shop with MONGODB_URI, or its folder with DATA_DIR.');
  console.log(broken === 0 ? 'The books are clean.' : `${broken} of ${checks.length} invariants are broken.`);
  await client.close();
  await stop();
  process.exit(broken === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
