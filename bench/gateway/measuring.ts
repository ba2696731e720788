import { Pool } from 'undici';
import { closedLoop, type Load, percentile } from '../client.ts';
import { cpuMeter, familyOf, residentMiBOf } from '../processes.ts';
import type { Contender } from './contenders.ts';

export interface Measured {
  readonly cpuPerThousand: number;
  /** Of what bare Apollo Gateway used in the same round. */
  readonly share: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly calls: number;
  readonly memoryMiB: number;
}

export interface Question {
  readonly query: string;
  readonly connections: number;
  readonly seconds: number;
  /** Unmeasured, before: until then the compiler is what is measured. */
  readonly warmUpSeconds: number;
}

export const post = async (pool: Pool, query: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { body } = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return body.text();
};

/** What one contender takes; `callsSoFar` tells how many calls subgraphs had since it was asked last. */
export async function measured(
  { url, child }: Contender,
  { query, connections, seconds, warmUpSeconds }: Question,
  callsSoFar: () => Promise<number>,
): Promise<Omit<Measured, 'share'>> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const expected = await post(pool, query);
  await closedLoop(connections, warmUpSeconds, async () => void (await post(pool, query)));
  const pids = familyOf(child.pid ?? 0);
  await callsSoFar();
  const cpuSeconds = cpuMeter(pids);
  const load: Load = await closedLoop(connections, seconds, async () => {
    if ((await post(pool, query)).length !== expected.length) throw new Error(`${url} answers differently from one time to another`);
  });
  const cpu = cpuSeconds();
  const calls = (await callsSoFar()) / load.count;
  await pool.close();
  return {
    cpuPerThousand: (cpu / load.count) * 1000,
    perSecond: load.count / load.seconds,
    p50: percentile(load, 0.5),
    p99: percentile(load, 0.99),
    calls,
    memoryMiB: residentMiBOf(pids),
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

export const medians = (all: readonly Measured[]): Measured => ({
  cpuPerThousand: median(all.map((one) => one.cpuPerThousand)),
  share: median(all.map((one) => one.share)),
  perSecond: median(all.map((one) => one.perSecond)),
  p50: median(all.map((one) => one.p50)),
  p99: median(all.map((one) => one.p99)),
  calls: median(all.map((one) => one.calls)),
  memoryMiB: median(all.map((one) => one.memoryMiB)),
});
