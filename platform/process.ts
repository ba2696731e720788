import { type Config, loadConfig } from './config.ts';
import { createLogger, type Logger } from './logger.ts';
import type { RunningMongo } from './mongo.ts';
import { StartError } from './start-error.ts';

interface Served {
  /** Settles when something that it stands on is gone, with a sentence that says what. */
  readonly lost?: Promise<Error>;
  close(): Promise<void>;
}

/** The life of a process of the shop. Only `main.ts` and start scripts call it. */
export const runProcess = (environment: Readonly<Record<string, string | undefined>>, serve: (config: Config, log: Logger) => Promise<Served>): Promise<void> =>
  runUntilStopped(async () => {
    const config = loadConfig(environment);
    return serve(config, createLogger(config.LOG_LEVEL));
  });

/**
 * The life of a process: a start, and an orderly end on SIGINT or SIGTERM, in which requests under way are finished.
 * What is wrong from outside ends it with one sentence and exit code 1. Only `main.ts` and start scripts call it.
 */
export async function runUntilStopped(start: () => Promise<Served>): Promise<void> {
  try {
    const stopped = signalled();
    const served = await Promise.race([start(), stopped.then(() => null)]);
    if (served === null) process.exit(130);
    const reason = await Promise.race([stopped, ...(served.lost ? [served.lost] : [])]);
    await served.close();
    if (reason instanceof Error) throw reason;
    process.exit(0);
  } catch (error) {
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  }
}

const signalled = () =>
  new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });

/** The MongoDB that the settings name, or one of the shop's own. */
export async function openConfiguredMongo(config: Config, say: (line: string) => void): Promise<RunningMongo> {
  // A process without a database need not load its driver.
  const { openMongo } = await import('./mongo.ts');
  return openMongo({ dataDir: config.DATA_DIR, uri: config.MONGODB_URI, binary: config.MONGOD_BINARY, say });
}
