import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { SHOP, serveAll } from './four-subgraphs.fixture.ts';
import { askGateway } from './running-gateway.fixture.ts';

function start(...args: string[]): { child: ChildProcess; said: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [`${import.meta.dirname}/main.ts`, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  return { child, said: () => said, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

test('the process serves, and at SIGTERM finishes what is under way', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(`${tmpdir()}/gateway-`);
  await using served = await serveAll(SHOP);
  await writeFile(`${folder}/s.graphql`, served.supergraphSdl);
  const { child, said, ended } = start('--supergraph', `${folder}/s.graphql`, '--port', '0');
  try {
    while (!/http:\S+(?=\/graphql)/.test(said()) && child.exitCode === null) await pause(50);
    const url = /http:\S+(?=\/graphql)/.exec(said())?.[0] ?? '';
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const accounts = served.servers['accounts'];
    if (accounts)
      accounts.misbehave = async (response, honest) => {
        child.kill('SIGTERM');
        await pause(300);
        response.writeHead(200, { 'content-type': 'application/json' }).end(await honest());
      };
    expect((await askGateway(url, '{ me { name reviews { body } } }')).data.me.name).toBe('Ann');
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});

test('a start that cannot be says why, and ends', { timeout: 20_000 }, async () => {
  const { said, ended } = start('--supergraph', '/nowhere/s.graphql');
  expect(await ended).toBe(1);
  expect(said()).toMatch(/^The supergraph cannot be read: ENOENT.*\n$/);
});

test.each<[string[], Record<string, string>, RegExp]>([
  [[], {}, /^Name the supergraph/],
  [['--supergraph', 'x', '--port', 'many'], {}, /must be a number from 0 to 65535, not "many"/],
  [['--supergraph', 'x'], { PORT: '70000' }, /not "70000"/],
  [['--supergarph', 'x'], {}, /Unknown option '--supergarph'/],
  [['--help'], {}, /--config FILE/],
])('%j with %j is refused', (args, environment, refusal) => expect(() => readCommandLine(args, environment)).toThrow(refusal));

test('the command line comes before the environment', () => {
  const environment = { SUPERGRAPH: 'e', PORT: '1', HOST: '::1', GATEWAY_CONFIG: 'c' };
  expect(readCommandLine([], environment)).toEqual({ supergraph: 'e', port: 1, host: '::1', config: 'c' });
  expect(readCommandLine(['--supergraph', 'a', '--port', '2', '--host', 'h', '--config', 'd'], environment)).toEqual({
    supergraph: 'a',
    port: 2,
    host: 'h',
    config: 'd',
  });
});
