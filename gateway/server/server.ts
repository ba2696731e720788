import { stat } from 'node:fs/promises';
import { type Listening, listen } from '#platform/http.ts';
import { createLogger, type Logger } from '#platform/logger.ts';
import { readText } from './configuration.ts';
import { load, type Serving, type Sources } from './serving.ts';

export interface GatewayServer {
  readonly url: string;
  /** Stops accepting, finishes what is under way, closes everything that was opened. */
  close(): Promise<void>;
}

interface ServerOptions extends Sources {
  readonly host: string;
  readonly port: number;
  /** Instead of one as the settings have it. */
  readonly log?: Logger;
}

const SWEEP_MS = 50;

/** A gateway as the files describe it, with the requests that it still has to finish. */
interface Current {
  readonly serving: Serving;
  running: number;
  isOver: boolean;
}

/** Serves any supergraph file; a changed file is taken over without losing a request, a broken one is only logged. */
export async function startGatewayServer({ host, port, log: given, ...sources }: ServerOptions): Promise<GatewayServer> {
  const first = load(sources, given ?? createLogger('warn'));
  const log = given ?? createLogger(first.settings.logLevel);
  let current: Current = { serving: first, running: 0, isOver: false };
  let isClosing = false;
  await first.warmUp();

  async function settle(served: Current): Promise<void> {
    if (served.isOver && served.running === 0) await served.serving.close();
  }

  function retire(served: Current): Promise<void> {
    served.isOver = true;
    return settle(served);
  }

  const listening: Listening = await listen(
    async (request, response) => {
      const served = current;
      served.running += 1;
      try {
        await served.serving.handle(request, response);
      } finally {
        served.running -= 1;
        await settle(served);
      }
    },
    host,
    port,
  ).catch(async (error: unknown) => {
    await first.close();
    throw error;
  });

  const reload = async () => {
    try {
      const serving = load(sources, log);
      await serving.warmUp();
      // What was under way when it closed.
      if (isClosing) return await serving.close();
      const before = current;
      current = { serving, running: 0, isOver: false };
      log.info({ supergraph: sources.supergraph }, 'serving what the files say now');
      await retire(before);
    } catch (error) {
      log.error({ reason: error instanceof Error ? error.message : String(error) }, 'the changed files cannot be served; what was served before still is');
    }
  };
  const watch = watchFiles([sources.supergraph, ...(sources.config === null ? [] : [sources.config])], first.settings.reloadMs, reload);

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening.port}`,
    close: async () => {
      isClosing = true;
      watch.stop();
      current.serving.drain();
      // Connections that fall idle while others are still answered would be waited for.
      const sweeping = setInterval(() => listening.server.closeIdleConnections(), SWEEP_MS);
      await listening.close();
      clearInterval(sweeping);
      await retire(current);
    },
  };
}

/** Looks at files again and again: unlike events, this also sees links that are turned and files that are put in their place. */
function watchFiles(files: readonly string[], everyMs: number, onChange: () => Promise<void>): { stop(): void } {
  if (everyMs === 0) return { stop: () => {} };
  const contents = () => files.map((file) => readText(file, 'file')).join('\0');
  const stamps = async () => (await Promise.all(files.map((file) => stat(file)))).map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join(' ');
  let seen = { stamps: '', contents: contents() };
  let isStopped = false;
  const look = async () => {
    try {
      const now = await stamps();
      if (now !== seen.stamps) {
        const before = seen.contents;
        seen = { stamps: now, contents: contents() };
        if (seen.contents !== before) await onChange();
      }
    } catch {
      // A file that is not there just now is being replaced.
    }
    if (!isStopped) timer = setTimeout(() => void look(), everyMs).unref();
  };
  let timer = setTimeout(() => void look(), everyMs).unref();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
