import { type Contender, requestOf, started, startedGateway, startedHive } from './contenders.ts';
import { QUERIES } from './graph.ts';
import { hiveProgram } from './hive.ts';
import { type Measured, measured, medians } from './measuring.ts';
import type { Stage } from './stage.ts';

export interface ComparisonOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly isWithHive: boolean;
}

const CONNECTIONS = [1, 50];
const WARM_UP_SECONDS = { first: 8, later: 0.5 };
const COLUMNS = ['query', 'connections', 'gateway', 'calls shared', 'CPU s', 'to Apollo', 'requests/s', 'p50 ms', 'p99 ms', 'calls each', 'MiB'];
const STATIC_ANSWER = 'static answer';

/** Contenders take turns, round by round. Every figure is the median of its rounds. */
export async function compare(stage: Stage, { seconds, rounds, isWithHive }: ComparisonOptions): Promise<void> {
  const { directory, supergraph } = stage;
  const program = isWithHive ? await hiveProgram() : null;
  const apollo = await stage.keep(started('Apollo Gateway, bare: without Apollo Server', 'apollo/main.ts', [supergraph], false));
  const gateways = [
    apollo,
    ...(program === null ? [] : [await stage.keep(startedHive(directory, supergraph, program))]),
    await stage.keep(startedGateway(directory, supergraph, { isSharing: false })),
    await stage.keep(startedGateway(directory, supergraph, { isSharing: true })),
  ];
  const still = await stage.keep(started(STATIC_ANSWER, 'still/main.ts', [], null));
  const contenders = [...gateways, still];

  for (const query of Object.values(QUERIES)) await agreeOn(query, gateways);
  console.log(`Median of ${rounds} rounds of ${seconds} s each, in turn. CPU is of the gateway's process alone, per 1,000 requests.`);
  console.log('All answer alike. "calls shared": whether a call is sent once for all who ask the same at the same time.\n');
  console.log(`| ${COLUMNS.join(' | ')} |\n| --- | ---: | --- | --- |${' ---: |'.repeat(COLUMNS.length - 4)}`);
  for (const [name, query] of Object.entries(QUERIES)) {
    await teach(still, query, apollo);
    for (const connections of CONNECTIONS) {
      const results = new Map<Contender, Measured[]>(contenders.map((contender) => [contender, []]));
      for (let round = 0; round < rounds; round++) {
        console.error(`${name}, ${connections} at once, round ${round + 1} of ${rounds}`);
        let base = 0;
        for (const contender of contenders) {
          const warmUpSeconds = round === 0 ? WARM_UP_SECONDS.first : WARM_UP_SECONDS.later;
          const one = await measured(contender, { query, connections, seconds, warmUpSeconds }, stage.callsSoFar);
          base ||= one.cpuPerThousand;
          results.get(contender)?.push({ ...one, share: one.cpuPerThousand / base });
        }
      }
      for (const contender of contenders) console.log(row(name, connections, contender, medians(results.get(contender) ?? [])));
    }
  }
}

function row(query: string, connections: number, { name, isSharing }: Contender, figures: Measured): string {
  const { cpuPerThousand, share, perSecond, p50, p99, calls, memoryMiB } = figures;
  return `| ${[
    query,
    connections,
    name,
    isSharing === null ? '' : isSharing ? 'yes' : 'no',
    cpuPerThousand.toFixed(3),
    share.toFixed(3),
    perSecond.toFixed(0),
    p50.toFixed(2),
    p99.toFixed(2),
    calls.toFixed(1),
    memoryMiB.toFixed(0),
  ].join(' | ')} |`;
}

/** The same answers to the byte, or there is nothing to compare. */
async function agreeOn(query: string, gateways: readonly Contender[]): Promise<void> {
  const answers = await Promise.all(gateways.map(async ({ name, url }) => ({ name, text: await textOf(url, query) })));
  const [first] = answers;
  const expected = JSON.stringify(JSON.parse(first?.text ?? '').data);
  for (const { name, text } of answers) {
    const { data, errors } = JSON.parse(text);
    if (errors || !data || JSON.stringify(data) !== expected) throw new Error(`${name} does not answer as the others do: ${text.slice(0, 500)}`);
  }
}

const teach = async (still: Contender, query: string, by: Contender): Promise<void> =>
  void (await fetch(still.url, { method: 'PUT', body: await textOf(by.url, query) }));

const textOf = async (url: string, query: string): Promise<string> => (await fetch(`${url}/graphql`, requestOf(query))).text();
