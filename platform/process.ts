import { type Config, ConfigError, loadConfig } from './config.ts';
import { createLogger, type Logger } from './logger.ts';
import { MongoUnavailableError, openMongo, type RunningMongo } from './mongo.ts';
import { CannotListenError } from './http.ts';

interface Served {
  /** Settles when something that it stands on is gone, with a sentence that says what. */
  readonly lost?: Promise<Error>;
  close(): Promise<void>;
}

const isExpected = (error: unknown): error is Error =>
  error instanceof ConfigError || error instanceof MongoUnavailableError || error instanceof CannotListenError;

/**
 * The life of a process: configuration, what it serves, and an orderly end on SIGINT or SIGTERM, in which requests under
 * way are finished. What is wrong from outside ends it with one sentence and exit code 1. Only `main.ts` and start scripts call it.
 */
export async function runProcess(
  environment: Readonly<Record<string, string | undefined>>,
  serve: (config: Config, log: Logger) => Promise<Served>,
): Promise<void> {
  try {
    const config = loadConfig(environment);
    const log = createLogger(config.LOG_LEVEL);
    const stopped = signalled();
    const served = await Promise.race([serve(config, log), stopped.then(() => null)]);
    if (served === null) process.exit(130);
    const reason = await Promise.race([stopped, ...(served.lost ? [served.lost] : [])]);
    await served.close();
    if (reason instanceof Error) throw reason;
    process.exit(0);
  } catch (error) {
    console.error(isExpected(error) ? error.message : error);
    process.exit(1);
  }
}

const signalled = () =>
  new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });

/** The MongoDB that the settings name, or one of the shop's own. */
export const openConfiguredMongo = (config: Config, say: (line: string) => void): Promise<RunningMongo> =>
  openMongo({ dataDir: config.DATA_DIR, uri: config.MONGODB_URI, binary: config.MONGOD_BINARY, say });
