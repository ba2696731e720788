import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Pool } from 'undici';
import { closedLoop, type Load, percentile } from '../client.ts';
import { cpuSecondsOf, residentMiBOf } from '../processes.ts';
import { type Contender, started, startedGateway } from './contenders.ts';
import { QUERIES, SDLS, SUBGRAPH_NAMES } from './graph.ts';

/**
 * `npm run bench:gateway`: what a gateway costs. Bare Apollo Gateway, ours with and without sharing, and a static answer,
 * each a process of its own, over the same four subgraphs, which answer from memory and are not measured. Contenders take
 * turns, round by round; every figure is the median of its rounds. Options: --seconds, --rounds.
 */
const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const [seconds, rounds] = [option('seconds', 3), option('rounds', 5)];
const CONNECTIONS = [1, 50];
/** Before the first round of each kind: until then the compiler is what is measured. */
const WARM_UP_SECONDS = 4;

interface Measured {
  readonly cpuPerThousand: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly calls: number;
  readonly memoryMiB: number;
}

const directory = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
const running: Contender[] = [];
const keep = async (starting: Promise<Contender>): Promise<Contender> => {
  const contender = await starting;
  running.push(contender);
  return contender;
};

const post = async (pool: Pool, query: string): Promise<string> => {
  const { body } = await pool.request({ path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  return body.text();
};

async function measured(
  { url, pid }: Contender,
  subgraphsUrl: string,
  query: string,
  connections: number,
  isStatic: boolean,
  isCold: boolean,
): Promise<Measured> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const expected = await post(pool, query);
  await closedLoop(connections, isCold ? WARM_UP_SECONDS : 0.5, async () => void (await post(pool, query)));
  const callsSoFar = async () => Number(await (await fetch(`${subgraphsUrl}/calls`)).text());
  await callsSoFar();
  const before = cpuSecondsOf([pid]);
  const load: Load = await closedLoop(connections, seconds, async () => {
    if ((await post(pool, query)).length !== expected.length) throw new Error(`${url} answers differently from one time to another`);
  });
  const cpu = cpuSecondsOf([pid]) - before;
  const calls = isStatic ? 0 : (await callsSoFar()) / load.count;
  await pool.close();
  return {
    cpuPerThousand: (cpu / load.count) * 1000,
    perSecond: load.count / load.seconds,
    p50: percentile(load, 0.5),
    p99: percentile(load, 0.99),
    calls,
    memoryMiB: residentMiBOf([pid]),
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const medians = (all: readonly Measured[]): Measured => ({
  cpuPerThousand: median(all.map((one) => one.cpuPerThousand)),
  perSecond: median(all.map((one) => one.perSecond)),
  p50: median(all.map((one) => one.p50)),
  p99: median(all.map((one) => one.p99)),
  calls: median(all.map((one) => one.calls)),
  memoryMiB: median(all.map((one) => one.memoryMiB)),
});

/** The same answers, or there is nothing to compare; the static answer is taught the first. */
async function agreeOn(query: string, contenders: readonly Contender[], still: Contender): Promise<void> {
  const answers = await Promise.all(contenders.map(({ url }) => fetch(`${url}/graphql`, requestOf(query)).then((answer) => answer.text())));
  const [first = ''] = answers;
  for (const [index, answer] of answers.entries()) {
    const same = JSON.stringify(JSON.parse(answer).data) === JSON.stringify(JSON.parse(first).data);
    if (!same || !JSON.parse(answer).data) throw new Error(`${contenders[index]?.name} does not answer as the others do: ${answer.slice(0, 500)}`);
  }
  await fetch(still.url, { method: 'PUT', body: first });
}

const requestOf = (query: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });

try {
  const subgraphs = await keep(started('subgraphs', 'subgraphs/main.ts', []));
  const services = SUBGRAPH_NAMES.map((name) => ({ name, url: `${subgraphs.url}/${name}`, typeDefs: parse(SDLS[name]) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.join('\n'));
  const supergraph = join(directory, 'supergraph.graphql');
  writeFileSync(supergraph, supergraphSdl);
  const apollo = await keep(started('bare Apollo Gateway', 'apollo/main.ts', [supergraph]));
  const alone = await keep(startedGateway(directory, supergraph, false));
  const sharing = await keep(startedGateway(directory, supergraph, true));
  const still = await keep(started('static answer', 'still/main.ts', []));
  const contenders = [apollo, alone, sharing, still];

  console.log(`Median of ${rounds} rounds of ${seconds} s each, in turn. CPU is of the gateway's process alone, per 1,000 requests.\n`);
  console.log('| query | connections | gateway | calls shared | CPU s | to Apollo | requests/s | p50 ms | p99 ms | calls each | MiB |');
  console.log('| --- | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, query] of Object.entries(QUERIES)) {
    await agreeOn(query, [apollo, alone, sharing], still);
    for (const connections of CONNECTIONS) {
      const results = new Map<Contender, Measured[]>(contenders.map((contender) => [contender, []]));
      for (let round = 0; round < rounds; round++) {
        for (const contender of contenders)
          results.get(contender)?.push(await measured(contender, subgraphs.url, query, connections, contender === still, round === 0));
      }
      const base = medians(results.get(apollo) ?? []).cpuPerThousand;
      for (const contender of contenders) {
        const { cpuPerThousand, perSecond, p50, p99, calls, memoryMiB } = medians(results.get(contender) ?? []);
        const shared = contender.isSharing === null ? '' : contender.isSharing ? 'yes' : 'no';
        const figures = [
          cpuPerThousand.toFixed(2),
          (cpuPerThousand / base).toFixed(3),
          perSecond.toFixed(0),
          p50.toFixed(2),
          p99.toFixed(2),
          calls.toFixed(1),
          memoryMiB.toFixed(0),
        ];
        console.log(`| ${[name, connections, contender.name, shared, ...figures].join(' | ')} |`);
      }
    }
  }
} finally {
  for (const contender of running) contender.stop();
  rmSync(directory, { recursive: true, force: true });
}
