import { parseArgs } from 'node:util';
import { reportOf } from './report.ts';
import { runChaos } from './run.ts';

const HELP = `npm run chaos -- [options]

Mixed trade over six processes and a mongod of their own, while processes and mongod are killed with -9, frozen and
started again, MongoDB answers with conflicts, unknown outcomes, closed connections and slowly, and notifications of the
payment company are lost, repeated, late and out of order. Then: everything settles within two minutes, the books are
clean, and nothing that a client was told of is lost; otherwise the exit code is 1.

  --minutes N   how long faults strike and clients trade (10)
  --seed S      which faults and what trade, as far as timing allows (the time)
  --clients N   how many trade at once (16)
  --every S     seconds between two faults, on the average (4)
  --help        this
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    clients: { type: 'string', default: '16' },
    every: { type: 'string', default: '4' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [minutes, seed, clients, everySeconds] = [values.minutes, values.seed, values.clients, values.every].map(Number) as [number, number, number, number];
  if (![minutes, clients, everySeconds].every((value) => value > 0) || !Number.isInteger(seed) || !Number.isInteger(clients)) {
    console.error(HELP);
    return 1;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());
  const result = await runChaos({ minutes, seed, clients, everySeconds, say: (line) => console.log(line), signal: interrupt.signal });
  for (const line of reportOf(result)) console.log(line);
  return interrupt.signal.aborted ? 130 : result.problems.length === 0 ? 0 : 1;
}

process.exit(await main());
