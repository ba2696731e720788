import { Pool } from 'undici';
import type { HttpHandler, HttpRoutes } from './http.ts';

const TIMEOUT_MS = 60_000;
const NOT_FORWARDED = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'x-internal-auth', 'expect', 'upgrade']);

/** Passes requests on to a subgraph's own port as they are: bodies raw, since their signatures cover every byte. */
export function forwarding(prefixes: Readonly<Record<string, string>>): { routes: HttpRoutes; close(): Promise<void> } {
  const pools = new Map([...new Set(Object.values(prefixes))].map((origin) => [origin, new Pool(origin, { connections: 32 })] as const));
  const to =
    (origin: string): HttpHandler =>
    async (request, response) => {
      const pool = pools.get(origin);
      if (!pool) throw new Error(`no pool for ${origin}`);
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !NOT_FORWARDED.has(name)));
      const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
      const answer = await pool.request({
        path: request.url ?? '/',
        method: (request.method ?? 'GET') as 'GET',
        headers: { ...headers, 'x-forwarded-for': request.socket.remoteAddress ?? '' },
        body: hasBody ? request : null,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      const { connection: _connection, 'transfer-encoding': _encoding, 'keep-alive': _keepAlive, ...kept } = answer.headers;
      response.writeHead(answer.statusCode, kept as Record<string, string | string[]>);
      for await (const chunk of answer.body) response.write(chunk);
      response.end();
    };
  return {
    routes: Object.fromEntries(Object.entries(prefixes).map(([prefix, origin]) => [prefix, to(origin)])),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}
