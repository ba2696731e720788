import type { Config } from '#platform/config.ts';
import { BodyTooLargeError, type HttpHandler, type Listening, listen, readBody, routeOf, sendJson, sendText } from '#platform/http.ts';
import { DomainError } from '#platform/errors.ts';
import { INTERNAL_AUTH_HEADER, internalAuth } from '#platform/internal-auth.ts';
import type { Logger } from '#platform/logger.ts';
import { parseEvent } from '#platform/outbox.ts';
import { type RunningSubgraph, startSubgraph, type Subgraph } from '#platform/subgraph.ts';
import { httpTransport, parseFetch } from '#platform/transport.ts';
import { subscribersOf } from './index.ts';

export interface ServedSubgraph {
  readonly url: string;
  close(): Promise<void>;
}

/** Fetches carry representations of whole pages, so their bodies may be larger than a client's. */
const FETCH_LIMIT = 20_000_000;

/** One subgraph as an HTTP service: GraphQL and events for the gateway and its siblings, and its own plain routes. */
export async function serveSubgraph(module: Subgraph, config: Config, mongoUri: string, log: Logger): Promise<ServedSubgraph> {
  const auth = internalAuth(config.INTERNAL_AUTH_KEYS);
  const transport = httpTransport(config.subgraphUrls, auth);
  const address = new URL(config.subgraphUrls[module.name] ?? '');
  let running: RunningSubgraph | null = null;

  const withCredential =
    (answer: (subgraph: RunningSubgraph, body: Buffer, credential: ReturnType<typeof auth.verify>) => Promise<unknown>): HttpHandler =>
    async (request, response) => {
      if (!running) return sendJson(response, 503, { errors: [{ message: 'starting' }] });
      try {
        const body = await readBody(request, FETCH_LIMIT);
        const header = request.headers[INTERNAL_AUTH_HEADER];
        const credential = auth.verify(module.name, body, typeof header === 'string' ? header : undefined);
        sendJson(response, 200, await answer(running, body, credential));
      } catch (error) {
        if (error instanceof BodyTooLargeError) return sendJson(response, 413, { errors: [{ message: error.message }] });
        if (error instanceof DomainError) return sendJson(response, 401, { errors: [{ message: error.message, extensions: { code: error.code } }] });
        log.error({ subgraph: module.name, error: error instanceof Error ? error.stack : String(error) }, 'a fetch failed');
        sendJson(response, 500, { errors: [{ message: 'The subgraph failed.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
      }
    };

  const routes = {
    '/graphql': withCredential((subgraph, body, credential) => subgraph.execute({ ...parseFetch(body), ...credential })),
    '/events': withCredential(async (subgraph, body) => {
      await subgraph.consume(parseEvent(body));
      return {};
    }),
    '/health': ((_request, response) => sendJson(response, 200, { status: 'ok' })) satisfies HttpHandler,
    '/ready': ((_request, response) => sendJson(response, running ? 200 : 503, { status: running ? 'ready' : 'starting' })) satisfies HttpHandler,
  };

  const listening: Listening = await listen(
    async (request, response) => {
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      const handler = routeOf(routes, path) ?? (running && routeOf(running.routes, path));
      if (!handler) return sendText(response, 404, 'Not found.\n');
      await handler(request, response);
    },
    config.HOST,
    Number(address.port || 80),
  );
  running = await startSubgraph(module, { mongoUri, config, transport, subscribers: subscribersOf(), log });
  return {
    url: address.origin,
    close: async () => {
      await listening.close();
      await running?.close();
      await transport.close();
    },
  };
}
