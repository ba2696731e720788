import { Pool } from 'undici';
import net from 'node:net';
import { parse } from 'graphql';
import { onStage } from './stage.ts';
import { readFileSync } from 'node:fs';
import { createSubgraphClient } from '../../gateway/server/subgraph-client.ts';
import { responseHeaders } from '../../gateway/server/response-headers.ts';
await onStage(async (stage) => {
  const url = new URL(/url: "(http:[^"]*\/inventory)"/.exec(readFileSync(stage.supergraph, 'utf8'))![1]!);
  const query = 'query Light__inventory__3($representations:[_Any!]!){_entities(representations:$representations){...on Product{inStock}}}';
  const variables = { representations: ['p0', 'p1', 'p2'].map((upc) => ({ __typename: 'Product', upc })) };
  const document = parse(query);
  const body = JSON.stringify({ query, variables });
  const pool = new Pool(url.origin, { connections: 64 });
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json', 'x-request-id': 'aaaaaaaa-aaaa' };
  const raw = () => new Promise<string>((resolve, reject) => { const chunks: Buffer[] = []; pool.dispatch({ path: url.pathname, method: 'POST', headers, body }, { onRequestStart() {}, onResponseStart() {}, onResponseData: (_c, d) => void chunks.push(d), onResponseEnd: () => resolve(String(chunks[0])), onResponseError: (_c, e) => reject(e) }); });
  const make = (sharing: boolean) => createSubgraphClient({ subgraph: { name: 'inventory', url: String(url), timeoutMs: 10000, retries: 1, maxResponseBytes: 1e7, connections: 64, requestHeaders: [], responseHeaders: [] }, environment: {}, problems: [], errors: { messages: true, extensions: [] }, writes: sharing ? { callers: new WeakSet(), done() {} } : null, log: console as any } as any);
  const alone = make(false); const shared = make(true);
  const call = { query, document, variables, operationName: 'Light__inventory__3' };
  const caller = () => ({ requestId: 'aaaaaaaa-aaaa', headers: {}, claims: null, principal: '', address: null, deadline: Date.now() + 30000, gone: new AbortController().signal, responseHeaders: responseHeaders() }) as any;
  const sock = net.connect(Number(url.port), '127.0.0.1'); sock.setNoDelay(true);
  let on: (s: string) => void = () => {};
  sock.on('data', (d) => on(d.latin1Slice()));
  const head = `POST ${url.pathname} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\nx-request-id: aaaaaaaa\r\ncontent-length: `;
  const bare = () => new Promise<string>((resolve) => { on = (s) => resolve(s.slice(s.indexOf('\r\n\r\n') + 4)); sock.write(`${head}${body.length}\r\n\r\n${body}`, 'latin1'); });
  const ways: Record<string, () => Promise<unknown>> = { bare, raw, alone: () => alone.send(call, caller()), shared: () => shared.send(call, caller()) };
  const best: Record<string, number> = {};
  for (let round = 0; round < 7; round++) for (const [n, way] of Object.entries(ways)) { for (let i = 0; i < 300; i++) await way(); const b = process.cpuUsage(); for (let i = 0; i < 1500; i++) await way(); const c = process.cpuUsage(b); best[n] = Math.min(best[n] ?? 1e9, (c.user + c.system) / 1500); }
  console.log('us per call', best);
  // joined: 20 at once
  const many = async () => { const all = []; for (let i = 0; i < 20; i++) all.push(shared.send(call, caller())); await Promise.all(all); };
  let m = 1e9; for (let r = 0; r < 6; r++) { for (let i = 0; i < 50; i++) await many(); const b = process.cpuUsage(); for (let i = 0; i < 200; i++) await many(); const c = process.cpuUsage(b); m = Math.min(m, (c.user + c.system) / 4000); }
  console.log('joined', m);
  sock.destroy(); await pool.close(); await alone.close(); await shared.close();
});
