import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ENDLESS, endless } from '../plans/endless.fixture.ts';
import { planningProcessesOf } from '../plans/processes.fixture.ts';
import { serveAll } from './four-subgraphs.fixture.ts';
import { askGateway, runGateway } from './running-gateway.fixture.ts';

const TIMEOUT = 60_000;
const processes = () => planningProcessesOf(process.pid);
const TOO_LONG = { code: 'BAD_USER_INPUT', exceeded: 'planningMs', limit: 500, asked: 500, requestId: expect.any(String) };

const until = async (isSo: () => boolean) => {
  while (!isSo()) await pause(20);
};

describe.each(['own', 'stock'])('an operation that the planner does not come to an end with, %s executor', (executor) => {
  test('is refused, and meanwhile others are answered', { timeout: TIMEOUT }, async () => {
    {
      await using graph = await runGateway(ENDLESS, { executor, limits: { planningMs: 500 } });
      expect((await graph.ask('{ nodes { id } }')).data).toEqual({ nodes: [{ id: '1' }] });
      let isRefused = false;
      const refused = graph.ask(endless('A')).finally(() => {
        isRefused = true;
      });
      let answered = 0;
      for (; !isRefused; answered++) expect((await graph.ask('{ nodes { id } }')).status).toBe(200);
      expect(answered).toBeGreaterThan(5);
      const { status, errors } = await refused;
      expect([status, errors?.map(({ extensions }) => extensions)]).toEqual([400, [TOO_LONG]]);
      const before = processes();
      expect((await graph.ask(endless('B'))).errors?.[0]?.extensions).toEqual(TOO_LONG);
      expect(processes()).toEqual(before);
      expect((await graph.ask('{ makers { name } }')).data).toEqual({ makers: [{ name: 'Ann' }] });
    }
    expect(processes()).toEqual([]);
  });
});

test('it does not hold up a changed file', { timeout: TIMEOUT }, async () => {
  await using graph = await runGateway(ENDLESS, { limits: { planningMs: 1_500 } });
  await graph.ask('{ nodes { id } }');
  const before = processes();
  const refused = graph.ask(endless('A'));
  await pause(50);
  const changed = (await readFile(graph.files.supergraph, 'utf8')).replaceAll('length: Int', 'duration: Int');
  await writeFile(graph.files.supergraph, changed);
  await until(() => graph.logged.some((line) => line.startsWith('serving what the files say now')));
  expect((await graph.ask('{ nodes { ... on Song { duration } } }')).data).toEqual({ nodes: [{}] });
  expect((await refused).errors?.[0]?.extensions).toEqual({ ...TOO_LONG, limit: 1_500, asked: 1_500 });
  await until(() => processes().length === 1);
  expect(processes()).not.toEqual(before);
});

test('who asks for it pays for it', { timeout: TIMEOUT }, async () => {
  await using graph = await runGateway(ENDLESS, { limits: { planningMs: 500 }, pointsPerSecond: 100 });
  const one = { headers: { 'x-forwarded-for': '192.0.2.1' } };
  expect((await graph.ask(endless('A'), one)).status).toBe(400);
  const { status, errors } = await graph.ask('{ nodes { id } }', one);
  expect([status, errors?.[0]?.extensions['code']]).toEqual([429, 'RATE_LIMITED']);
});

test('a gateway that is killed while it is planned leaves nothing behind', { timeout: TIMEOUT }, async () => {
  const folder = await mkdtemp(`${tmpdir()}/gateway-`);
  await using served = await serveAll(ENDLESS);
  await writeFile(`${folder}/s.graphql`, served.supergraphSdl);
  await writeFile(`${folder}/c.json`, JSON.stringify({ limits: { planningMs: 100_000, planningMb: 4_000 } }));
  const args = ['--supergraph', `${folder}/s.graphql`, '--config', `${folder}/c.json`, '--port', '0'];
  const child = spawn(process.execPath, [`${import.meta.dirname}/main.ts`, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  try {
    await until(() => /http:\S+(?=\/graphql)/.test(said));
    const url = /http:\S+(?=\/graphql)/.exec(said)?.[0] ?? '';
    await askGateway(url, '{ nodes { id } }');
    const [planning = 0] = planningProcessesOf(child.pid ?? 0);
    const lost = askGateway(url, endless('A')).catch(() => 'lost');
    await pause(200);
    child.kill('SIGKILL');
    expect(await lost).toBe('lost');
    await until(() => !isThere(planning));
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
