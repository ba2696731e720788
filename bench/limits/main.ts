import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closedLoop, graphClient, percentile } from '../client.ts';
import { cpuMeter, listenerOf, residentMiBOf } from '../processes.ts';
import { HOME } from '../screens.ts';
import { ABUSES, type Abuse } from './abuses.ts';

/**
 * `npm run bench:limits`: what each refusal costs a running shop. Every abuse is sent as one that was never seen before;
 * besides, what the home page takes before, beside and after them. Options: --url, --times, --seconds, --only NAME. The
 * shop runs with RATE_LIMIT_POINTS_PER_SECOND=0.
 */
const option = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};
const url = option('url', 'http://127.0.0.1:4000');
const times = Number(option('times', '20'));
const only = option('only', '');
const seconds = Number(option('seconds', '4'));

const found = listenerOf(Number(new URL(url).port || 80));
if (found === null) {
  console.error(`No shop answers at ${url}: start it with "npm start", or name it with --url.`);
  process.exit(1);
}
const gateway = found;
const graph = graphClient(url, 8);
if ((await graph.post('{ __typename }', {})).extensions?.cost) {
  console.error('This shop counts what each caller spends, and would soon refuse whoever measures: start it with RATE_LIMIT_POINTS_PER_SECOND=0.');
  process.exit(1);
}
const chosen = ABUSES.filter(({ name }) => name.includes(only));
let salt = Date.now() % 1_000_000;

const line = (cells: readonly string[]) =>
  console.log(
    `${(cells[0] ?? '').padEnd(56)}${cells
      .slice(1)
      .map((cell) => cell.padStart(12))
      .join('')}`,
  );

/** Failures are not among what a normal client may see, whoever else is there. */
async function home(title: string): Promise<void> {
  const load = await closedLoop(2, seconds, async () => {
    const { errors } = await graph.post(HOME.query, {});
    if (errors?.length) throw new Error(`the home page failed: ${errors[0]?.message}`);
  });
  console.log(
    `${title}: ${(load.count / load.seconds).toFixed(0)} home pages/s, p50 ${percentile(load, 0.5).toFixed(1)} ms, p99 ${percentile(load, 0.99).toFixed(1)} ms, none failed, ${residentMiBOf([gateway]).toFixed(0)} MiB`,
  );
}

async function measure(abuse: Abuse): Promise<void> {
  const took: number[] = [];
  let answer = '';
  const cpuSeconds = cpuMeter([gateway]);
  for (let turn = 0; turn < times; turn++) {
    const { status, code, ms } = await abuse.send(url, salt++);
    took.push(ms);
    answer = `${status} ${code}`;
  }
  const cpu = (cpuSeconds() * 1000) / times;
  took.sort((a, b) => a - b);
  line([abuse.name, (took[Math.floor(took.length / 2)] ?? 0).toFixed(1), (took.at(-1) ?? 0).toFixed(1), cpu.toFixed(1), `  ${answer}`]);
}

await home('before');
console.log('');
line(['', 'ms p50', 'ms max', 'CPU ms', '']);
for (const abuse of chosen) await measure(abuse);
console.log('');

// In a process of its own: what it takes to be abusive is not what it takes to refuse.
const abuser = fork(`${import.meta.dirname}/abuser/main.ts`, [url, only]);
await once(abuser, 'message');
await home('beside three abusers');
abuser.send('enough');
const [refused] = await once(abuser, 'message');
console.log(`  (${refused} of their requests refused meanwhile)`);
await home('after');
await graph.close();
process.exit();
