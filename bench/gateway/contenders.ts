import { type ChildProcess, fork, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { portOf } from '../processes.ts';

export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
  /** Whether identical calls at the same time are sent once; null where there is nothing to send. */
  readonly isSharing: boolean | null;
}

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');

/** A process of our own that says its address when it listens. */
export async function started(name: string, file: string, args: readonly string[], isSharing: boolean | null): Promise<Contender> {
  const child = fork(join(HERE, file), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [url] = await once(child, 'message');
  return { name, url: String(url), child, isSharing };
}

/** Loaded before programs that are not of the comparison, so that they end with it. */
const LEASH = ['--import', join(HERE, 'leash/main.ts')];

/** Limits that would refuse the heavy query are lifted, and files are not looked at. */
const LIMITS = { depth: 50, fields: 10_000, planning: 100_000_000, comparisons: 1_000_000, values: 100_000_000 };

/** The same program with the same flags as `npm run gateway`. */
export async function startedGateway(
  directory: string,
  supergraph: string,
  { isSharing, flags = [], settings = {} }: { isSharing: boolean; flags?: readonly string[]; settings?: object },
): Promise<Contender> {
  const config = join(directory, `gateway-${isSharing}.json`);
  const sharing = { subgraphCalls: isSharing, operations: false };
  writeFileSync(config, JSON.stringify({ sharing, limits: LIMITS, reloadMs: 0, logLevel: 'silent', ...settings }));
  const [, ...command] = String(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts.gateway).split(' ');
  const args = [...LEASH, ...flags, ...command, '--supergraph', supergraph, '--config', config, '--port', '0'];
  return listening('ours', spawn(process.execPath, args, { cwd: ROOT, stdio: QUIET }), isSharing);
}

/** Hive Gateway as it comes, which shares calls; in one process, with nothing in its environment that it could report to. */
export async function startedHive(directory: string, supergraph: string, program: string): Promise<Contender> {
  const args = [program, 'supergraph', supergraph, '--hive-router-runtime', '--host', '127.0.0.1', '--port', '0', '--fork', '1', '--disable-websockets'];
  const env = { NODE_ENV: 'production', LOG_LEVEL: 'error' };
  return listening('Hive Gateway, Rust planner', spawn(process.execPath, [...LEASH, ...args], { cwd: directory, env, stdio: QUIET }), true);
}

const QUIET: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc'];
const READY_WITHIN_MS = 60_000;

/** Waits until a program answers on whatever port it has taken. */
async function listening(name: string, child: ChildProcess, isSharing: boolean): Promise<Contender> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += String(chunk);
  });
  const end = performance.now() + READY_WITHIN_MS;
  while (performance.now() < end && child.exitCode === null) {
    const url = `http://127.0.0.1:${portOf(child.pid ?? 0)}`;
    if (await isReady(url)) return { name, url, child, isSharing };
    await pause(200);
  }
  throw new Error(`${name} did not start: ${said}`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/graphql`, requestOf('{ __typename }'));
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

export const requestOf = (query: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
