import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

/** `npm run check`: everything about the code that needs no database. One line each, then what the failed ones said. */
interface Check {
  readonly name: string;
  readonly proves: string;
  readonly command: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: 'types', proves: 'tsc finds no error', command: ['tsc', '-p', '.'] },
  { name: 'lint', proves: 'oxlint finds nothing suspicious', command: ['oxlintX', '--deny-warnings'] },
  { name: 'format', proves: 'every file is as "npm run format" leaves it', command: ['biome', 'format', '--colors=off', '--max-diagnostics=20', '.'] },
  { name: 'dead code', proves: 'knip finds no unused file, export or dependency', command: ['knip', '--no-progress', '--treat-config-hints-as-errors'] },
  { name: 'stale files', proves: 'generating again changes nothing', command: [process.execPath, 'scripts/generate.ts', '--check'] },
];

interface Outcome {
  readonly check: Check;
  readonly passed: boolean;
  readonly output: string;
}

const root = resolve(import.meta.dirname, '..');

function run(check: Check): Promise<Outcome> {
  const [program, ...args] = check.command;
  const startedAt = performance.now();
  return new Promise((settle) => {
    const chunks: Buffer[] = [];
    let isOver = false;
    const finish = (passed: boolean, reason = '') => {
      if (isOver) return;
      isOver = true;
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${passed ? 'pass' : 'FAIL'}  ${check.name.padEnd(12)} ${`${seconds} s`.padStart(7)}  ${check.proves}`);
      settle({ check, passed, output: `${Buffer.concat(chunks).toString('utf8')}${reason}`.trim() });
    };
    const child = spawn(program, args, { cwd: root, env: { ...process.env, PATH: `${root}/node_modules/.bin:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' } });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error) => finish(false, `${program} could not be started: ${error.message}. Run "npm install" first.`));
    child.once('close', (code) => finish(code === 0));
  });
}

/** As many at once as there are processors: the slowest decides how long it takes. */
async function runAll(checks: readonly Check[]): Promise<Outcome[]> {
  const waiting = [...checks];
  const outcomes: Outcome[] = [];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) outcomes.push(await run(check));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return outcomes;
}

const failed = (await runAll(CHECKS)).filter(({ passed }) => !passed);
for (const { check, output } of failed) console.log(`\n--- ${check.name}: ${check.command.join(' ').replace(process.execPath, 'node')}\n${output}`);
console.log(
  failed.length === 0
    ? `\nAll ${CHECKS.length} checks passed.`
    : `\n${failed.length} of ${CHECKS.length} checks failed: ${failed.map(({ check }) => check.name).join(', ')}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
