import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Config } from '#platform/config.ts';
import { openMongo } from '#platform/mongo.ts';
import { isAlive } from '#platform/mongod-lock.ts';
import { mongodUri } from '#platform/mongod-process.ts';

const Running = z.object({ pid: z.int(), startedAt: z.string(), port: z.int() });

/** The MongoDB that the settings name, else the shop's own: as it runs beside a running shop, or started for as long as it is needed. */
export async function mongoBeside(config: Config, say: (line: string) => void): Promise<{ readonly uri: string; stop(): Promise<void> }> {
  const file = `${config.DATA_DIR}/mongod/mongod.json`;
  if (!config.MONGODB_URI && existsSync(file)) {
    const running = Running.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
    if (running && isAlive(running)) return { uri: mongodUri(running), stop: async () => {} };
  }
  return openMongo({ dataDir: config.DATA_DIR, uri: config.MONGODB_URI, binary: config.MONGOD_BINARY, say });
}
