import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawNotification } from '../provider.ts';

/** Refunds of these amounts fail at first, or take their time. */
export const FAILS_FIRST = 1_013;
export const PENDS_FIRST = 1_017;

/** A request as a company receives it. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Response {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Listening {
  readonly origin: string;
  close(): Promise<void>;
}

async function listen(answer: (call: Call) => Promise<Response>): Promise<Listening> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const call = { method: request.method ?? '', url: new URL(request.url ?? '', 'http://company'), headers: request.headers, body };
    const { status, headers, body: text } = await answer(call).catch((error: Error): Response => ({ status: 500, body: String(error.stack) }));
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Company extends Listening {
  /** It does nothing, and says that it cannot. */
  isDown: boolean;
  /** Alters the next answers on their way, after they were signed. */
  tamper: ((response: Response) => Response) | null;
  /** Everything that was asked of it. */
  readonly calls: Call[];
  notify(url: string, headers: Record<string, string>, body: string): void;
}

/** A company's front door, and its messenger, who comes again until he is let in. */
export async function openCompany(answer: (call: Call) => Promise<Response>): Promise<Company> {
  const calls: Call[] = [];
  const errands = new Set<Promise<void>>();
  let isOpen = true;
  const door = await listen(async (call) => {
    if (company.isDown) return { status: 503 };
    calls.push(call);
    const response = await answer(call);
    return company.tamper?.(response) ?? response;
  });
  const company: Company = {
    ...door,
    isDown: false,
    tamper: null,
    calls,
    notify(url, headers, body) {
      const errand = deliver(url, headers, body, () => isOpen).finally(() => errands.delete(errand));
      errands.add(errand);
    },
    async close() {
      isOpen = false;
      await Promise.all(errands);
      await door.close();
    },
  };
  return company;
}

async function deliver(url: string, headers: Record<string, string>, body: string, isOpen: () => boolean): Promise<void> {
  for (let pause = 20; isOpen(); pause = Math.min(pause * 2, 500)) {
    const status = await fetch(url, { method: 'POST', headers, body }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status >= 200 && status < 300) return;
    await sleep(pause);
  }
}

export interface Merchant extends Listening {
  readonly notifyUrl: string;
  readonly inbox: RawNotification[];
  notifications(paymentId: string, count: number): Promise<RawNotification[]>;
}

/** A merchant who keeps what he is sent. `subjectOf` tells whose payment it is about. */
export async function openMerchant(subjectOf: (raw: RawNotification) => string | undefined): Promise<Merchant> {
  const inbox: RawNotification[] = [];
  const door = await listen(async ({ headers, body }) => {
    inbox.push({ headers, body });
    return { status: 200, body: 'success' };
  });
  return {
    ...door,
    notifyUrl: `${door.origin}/psp`,
    inbox,
    async notifications(paymentId, count) {
      for (const deadline = Date.now() + 4_000; ; await sleep(10)) {
        const about = inbox.filter((raw) => subjectOf(raw) === paymentId);
        if (about.length >= count) return about;
        if (Date.now() > deadline) throw new Error(`${about.length} of ${count} notifications about ${paymentId}`);
      }
    },
  };
}

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Response => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});
