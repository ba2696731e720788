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
  // A fixed folder: what a killed run left in it is cleaned up by the next.
  const dataDir = `${tmpdir()}/tradegraph-test`;
  const mongo = await openMongo({
    dataDir,
    ephemeral: true,
    uri: process.env['MONGODB_URI'],
    binary: process.env['MONGOD_BINARY'],
    say: (line) => console.log(line),
  });
  project.provide('mongoUri', mongo.uri);
  return () => mongo.stop();
}
