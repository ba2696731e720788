import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { ProviderFixture } from './contract.ts';
import type { ProviderAction, RawNotification } from './provider.ts';
import { createSandbox } from './sandbox/index.ts';
import { createSandboxProvider, type SandboxSettings } from './sandbox.ts';

const SECRET = 'a-secret-of-the-tests';
const ACCOUNT = 'shop-1';

export type SandboxFixture = Awaited<ReturnType<typeof openSandbox>>;

/** The company on a port and a database of its own, a merchant that keeps what it is sent, and a buyer's browser. */
export async function openSandbox(mongoUri: string) {
  const client = await MongoClient.connect(mongoUri);
  const database = client.db(`sandbox_test_${randomUUID()}`);
  const inbox: RawNotification[] = [];
  const answers: number[] = [];
  const errors: unknown[] = [];
  let aheadMs = 0;
  let origin = '';

  const now = () => new Date(Date.now() + aheadMs);
  const open = () => createSandbox({ database, baseUrl: () => origin, secret: SECRET, merchantAccount: ACCOUNT, now, onError: (error) => errors.push(error) });
  let sandbox = open();

  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/sandbox/')) return sandbox.handle(request, response);
    const body = Buffer.concat(await request.toArray());
    const status = answers.shift() ?? 200;
    inbox.push({ headers: request.headers, body });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  await sandbox.start();

  const connect = (changes: Partial<SandboxSettings> = {}) =>
    createSandboxProvider({ apiUrl: () => origin, account: ACCOUNT, secret: SECRET, now, timeoutMs: 5_000, ...changes });

  async function notifications(paymentId: string, count: number): Promise<RawNotification[]> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const about = inbox.filter(({ body }) => body.includes(`"paymentId":"${paymentId}"`));
      if (about.length >= count) return about;
      if (Date.now() > deadline) throw new Error(`${about.length} of ${count} notifications about ${paymentId}`);
      await sleep(10);
    }
  }

  const pageOf = (action: ProviderAction) => addressOf(action, origin);

  return {
    provider: connect(),
    connect,
    notifyUrl: `${origin}/psp/sandbox`,
    notifications,
    inbox,
    /** Statuses with which the merchant answers the next notifications; 200 afterwards. */
    answers,
    errors,
    origin,
    database,
    pageOf,
    press: (action: ProviderAction, button: string) => press(pageOf(action), button),
    buyer: {
      open: (action: ProviderAction) => look(pageOf(action)),
      pay: (action: ProviderAction) => press(pageOf(action), 'pay'),
      decline: (action: ProviderAction) => press(pageOf(action), 'decline'),
    },
    withOtherAccount: connect({ account: 'shop-2' }),
    withOtherKey: connect({ secret: 'another-secret' }),
    withClockAhead: (seconds: number) => connect({ now: () => new Date(now().getTime() + seconds * 1000) }),
    unreachable: connect({ apiUrl: () => 'http://127.0.0.1:9' }),
    refundAmounts: { failsFirst: 1_013, pendsFirst: 1_017 },
    now,
    advance(ms: number) {
      aheadMs += ms;
    },
    /** The company's process goes and comes back; what it did meanwhile is up to the caller. */
    async restart(meanwhile: () => Promise<void> = async () => {}) {
      await sandbox.stop();
      sandbox = open();
      await meanwhile();
      await sandbox.start();
    },
    async close() {
      await sandbox.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await database.dropDatabase();
      await client.close();
    },
  } satisfies ProviderFixture & Record<string, unknown>;
}

function addressOf(action: ProviderAction, origin: string): string {
  switch (action.type) {
    case 'QR_CODE':
      return action.content;
    case 'REDIRECT':
      return action.url;
    case 'CLIENT_CONFIRM':
      return `${origin}/sandbox/confirm?client_secret=${encodeURIComponent(action.clientSecret)}`;
    case 'APP_INVOKE':
      return action.params.find(({ name }) => name === 'url')?.value ?? '';
  }
}

export async function look(page: string, headers: Record<string, string> = {}) {
  const answer = await fetch(page, { headers });
  const text = await answer.text();
  return { status: answer.status, text, buttons: [...text.matchAll(/<button name="action" value="([^"]*)"/g)].map(([, value]) => value) };
}

/** Presses a button of the page's form, as a browser without JavaScript would. */
export async function press(page: string, button: string) {
  const { text } = await look(page);
  const [, action = page] = /<form method="post" action="([^"]*)"/.exec(text) ?? [];
  return submit(new URL(action.replaceAll('&amp;', '&'), page).href, button);
}

export async function submit(page: string, button: string) {
  const answer = await fetch(page, { method: 'POST', body: new URLSearchParams({ action: button }), redirect: 'manual' });
  return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
}
