import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pressOnPage, until } from './actors.ts';
import { startGraph, type TestGraph } from './graph.ts';

/** What the payment company sent us, as it came. */
export interface Notification {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly event: any;
}

/** A shop that the world reaches through a wire that a test may tap: what payment company and shop say to each other goes over it. */
export interface WiredGraph extends TestGraph {
  readonly notifications: Notification[];
  /** Called before a notification reaches the shop; `lose` answers the company with an outage instead. */
  onNotification: ((notification: Notification) => Promise<'pass' | 'lose'>) | null;
  /** Called when a payment stands at the company, before the shop learns of it. */
  onCreated: ((payment: { paymentId: string; pageUrl: string }) => Promise<void>) | null;
  /** The payment company does not answer the shop. */
  isCompanyDown: boolean;
  /** Sends a notification (again). */
  notify(notification: Pick<Notification, 'headers' | 'body'>): Promise<number>;
}

export const bodyOf = async (request: IncomingMessage): Promise<Buffer> => Buffer.concat(await request.toArray());
export const textHeaders = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' && !/^(host|connection|content-length)$/.test(name) ? [[name, value]] : [])),
  );

export async function startWiredGraph(environment: Record<string, string> = {}): Promise<WiredGraph> {
  let graph: WiredGraph | null = null;
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const headers = textHeaders(request);
    const path = request.url ?? '/';
    if (!graph) return void response.writeHead(503).end();
    if (path.startsWith('/sandbox/api/') && graph.isCompanyDown) return void response.writeHead(503).end();
    if (path.startsWith('/psp/')) {
      const notification = { headers, body: body.toString(), event: JSON.parse(body.toString()) };
      graph.notifications.push(notification);
      if ((await graph.onNotification?.(notification)) === 'lose') return void response.writeHead(503).end();
    }
    const method = request.method ?? 'GET';
    const answer = await fetch(`${graph.url}${path}`, { method, headers, redirect: 'manual', ...(method !== 'GET' && { body: new Uint8Array(body) }) });
    const text = await answer.text();
    if (method === 'POST' && path === '/sandbox/api/payments' && answer.ok) await graph.onCreated?.(JSON.parse(text));
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'text/plain',
      ...(answer.headers.has('location') && { location: answer.headers.get('location') ?? '' }),
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const started = await startGraph({ topology: 'embedded', environment: { PUBLIC_URL: origin, ...environment } });
  const dispose = started[Symbol.asyncDispose].bind(started);
  graph = Object.assign(started, {
    notifications: [],
    onNotification: null,
    onCreated: null,
    isCompanyDown: false,
    notify: async ({ headers, body }: Pick<Notification, 'headers' | 'body'>) =>
      (await fetch(`${started.url}/psp/sandbox`, { method: 'POST', headers, body })).status,
    [Symbol.asyncDispose]: async () => {
      await dispose();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  });
  return graph;
}

/** The buyer presses a button; answers the company's notification of it, kept from the shop. */
export async function intercept(graph: WiredGraph, pageUrl: string, paymentId: string, button = 'pay'): Promise<Notification> {
  graph.onNotification = async ({ event }) => (event.payment?.paymentId === paymentId ? 'lose' : 'pass');
  await pressOnPage(pageUrl, button);
  return until(async () => graph.notifications.find(({ event }) => event.payment?.paymentId === paymentId));
}
