import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Whether identical calls at the same time are sent once; null where there is nothing to send. */
  readonly isSharing: boolean | null;
  stop(): void;
}

const HERE = import.meta.dirname;

/** A process of our own that says its address when it listens. */
export async function started(name: string, file: string, args: readonly string[]): Promise<Contender> {
  const child = fork(join(HERE, file), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [url] = await once(child, 'message');
  return contender(name, String(url), child, name === 'static answer' ? null : false);
}

/** `npm run gateway`, without limits that would refuse the heavy query, and without looking at its files. */
export async function startedGateway(directory: string, supergraph: string, isSharing: boolean): Promise<Contender> {
  const limits = { depth: 50, fields: 10_000, planning: 100_000_000, comparisons: 1_000_000, values: 100_000_000 };
  const config = join(directory, `gateway-${isSharing}.json`);
  writeFileSync(config, JSON.stringify({ sharing: { subgraphCalls: isSharing, operations: false }, limits, reloadMs: 0, logLevel: 'silent' }));
  const args = [join(HERE, '../../gateway/server/main.ts'), '--supergraph', supergraph, '--config', config, '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += String(chunk);
      const found = /on (http:\S+)\/graphql/.exec(said)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(said)));
  });
  return contender('ours', url, child, isSharing);
}

const contender = (name: string, url: string, child: ChildProcess, isSharing: boolean | null): Contender => ({
  name,
  url,
  pid: child.pid ?? 0,
  isSharing,
  stop: () => void child.kill(),
});
