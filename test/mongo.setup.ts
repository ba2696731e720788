import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { openMongo } from '#platform/mongo.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mongoUri: string;
  }
}

/** One throw-away replica set for the whole run, unless MONGODB_URI names another; each test file has databases of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(`${tmpdir()}/tradegraph-test-`);
  const uri = process.env['MONGODB_URI'];
  const binary = process.env['MONGOD_BINARY'];
  const mongo = await openMongo({ dataDir, ephemeral: true, ...(uri && { uri }), ...(binary && { binary }), say: (line) => console.log(line) });
  project.provide('mongoUri', mongo.uri);
  return async () => {
    await mongo.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
