import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, textHeaders } from '../wire.ts';
import type { Random } from '../random.ts';
import type { Tally } from './tally.ts';

/** What may happen to a notification on its way, and how often. */
const MISCHIEFS = ['passed', 'swallowed', 'dropped', 'answer lost', 'doubled', 'delayed', 'late', 'overtaken'] as const;
type Mischief = (typeof MISCHIEFS)[number];
const SHARES: readonly (readonly [number, Mischief])[] = [
  [35, 'passed'],
  [10, 'swallowed'],
  [10, 'dropped'],
  [8, 'answer lost'],
  [12, 'doubled'],
  [10, 'delayed'],
  [8, 'late'],
  [7, 'overtaken'],
];

/** The wire between payment company and shop, over which notifications get lost, repeated, late and out of order. */
export interface BadWire {
  readonly url: string;
  /** Where it leads to; nothing gets through before. */
  connect(shopUrl: string): void;
  /** From now on everything gets through. */
  mend(): void;
  close(): Promise<void>;
}

export async function openBadWire(random: Random, tally: Tally): Promise<BadWire> {
  let shopUrl: string | null = null;
  let isMended = false;
  let wakeOvertaken: (() => void)[] = [];

  async function forward(request: IncomingMessage, body: Buffer): Promise<number> {
    if (shopUrl === null) return 503;
    const answer = await fetch(`${shopUrl}${request.url}`, { method: 'POST', headers: textHeaders(request), body: new Uint8Array(body) });
    await answer.text();
    return answer.status;
  }
  const attempt = (request: IncomingMessage, body: Buffer) => forward(request, body).catch(() => 502);

  const untilOvertaken = () => Promise.race([new Promise<void>((resolve) => wakeOvertaken.push(resolve)), sleep(3_000)]);
  const wake = () => {
    for (const resolve of wakeOvertaken) resolve();
    wakeOvertaken = [];
  };

  const carry: Record<Mischief, (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void>> = {
    passed: async (request, body, response) => void response.writeHead(await attempt(request, body)).end(),
    swallowed: async (_request, _body, response) => void response.writeHead(200).end(),
    dropped: async (request) => void request.socket.destroy(),
    'answer lost': async (request, body) => {
      await attempt(request, body);
      request.socket.destroy();
    },
    doubled: async (request, body, response) => {
      const [status] = await Promise.all([attempt(request, body), attempt(request, body)]);
      response.writeHead(status).end();
    },
    delayed: async (request, body, response) => {
      await sleep(random.between(300, 6_000));
      response.writeHead(await attempt(request, body)).end();
    },
    late: async (request, body, response) => {
      response.writeHead(200).end();
      await sleep(random.between(1_000, 20_000));
      await attempt(request, body);
    },
    overtaken: async (request, body, response) => {
      await untilOvertaken();
      response.writeHead(await attempt(request, body)).end();
    },
  };

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const mischief = isMended ? 'passed' : random.weighed(SHARES);
    if (!isMended) tally.notify(mischief);
    await carry[mischief](request, body, response).catch(() => request.socket.destroy());
    if (mischief !== 'overtaken') wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connect: (to) => {
      shopUrl = to;
    },
    mend: () => {
      isMended = true;
      wake();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
