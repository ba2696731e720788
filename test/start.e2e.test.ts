import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freePort, withDatabases } from './graph.ts';

const databasePrefix = `s${Date.now().toString(36)}-`;

let folder: string;
let port: string;
let busy: ReturnType<typeof createServer>;
let busyPort: string;

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/tradegraph-start-`);
  await writeFile(`${folder}/file`, '');
  port = String(await freePort());
  busyPort = String(await freePort());
  busy = createServer().listen(Number(busyPort), '127.0.0.1');
  await once(busy, 'listening');
});
afterAll(async () => {
  busy.close();
  await rm(folder, { recursive: true, force: true });
  // One of the starts fails only when the databases are open.
  await withDatabases(databasePrefix, async (database) => {
    for (const part of ['user', 'product', 'cart', 'order-payment', 'review', 'sandbox']) await database(part).dropDatabase();
  });
});

/** What a process says before it gives up, and with which code. */
async function outcomeOf(script: string, settings: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const environment = { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', DATA_DIR: folder, PORT: port, DATABASE_PREFIX: databasePrefix, ...settings };
  const child = spawn(process.execPath, [script], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: said.trim() };
}

/** The settings, and the one sentence; lazily, since ports and folders are known only when the tests run. */
const refusals: [string, () => Record<string, string>, RegExp][] = [
  ['a busy port', () => ({ PORT: busyPort }), /^Port \d+ on 127\.0\.0\.1 is in use: .*\.$/],
  ['a foreign address', () => ({ HOST: '192.0.2.1' }), /^HOST \(192\.0\.2\.1\) is no address of this machine: .*\.$/],
  ['an address that is none', () => ({ HOST: 'nowhere.invalid' }), /^HOST \(nowhere\.invalid\) is no name or address that is known here: .*\.$/],
  ['no MongoDB', () => ({ MONGODB_URI: 'mongodb://127.0.0.1:1/' }), /^The MongoDB of MONGODB_URI .* cannot be reached .*\.$/],
  ['a file for a folder', () => ({ DATA_DIR: `${folder}/file` }), /^DATA_DIR \(.*\/file\) is no folder .*\.$/],
];

test.each(refusals)('%s ends the start with one sentence', async (_name, settings, sentence) => {
  const { code, said } = await outcomeOf('gateway/main.ts', { MONGODB_URI: inject('mongoUri'), ...settings() });
  expect([code, said]).toEqual([1, expect.stringMatching(sentence)]);
  expect(said.split('\n')).toHaveLength(1);
});

test('wrong settings end it with the list of what is wrong', async () => {
  const { code, said } = await outcomeOf('gateway/main.ts', { PORT: '-1', TOPOLOGY: 'both' });
  expect([code, said]).toEqual([1, expect.stringMatching(/^The configuration is wrong:\n {2}- PORT: .*\n {2}- TOPOLOGY: .*$/)]);
});

test('production does not start with what is public', async () => {
  const { code, said } = await outcomeOf('gateway/main.ts', { NODE_ENV: 'production' });
  expect(code).toBe(1);
  for (const name of ['SIGNING_KEYS', 'INTERNAL_AUTH_KEYS', 'STAFF_PASSWORD']) expect(said).toContain(`- ${name}: `);
});

test('a subgraph that there is not is told with those that there are', async () => {
  const { code, said } = await outcomeOf('subgraphs/main.ts', { SUBGRAPH: 'reviews' });
  expect([code, said]).toEqual([1, 'SUBGRAPH: there is no subgraph "reviews"; it is one of user, product, cart, order-payment, review.']);
});
