import { parseArgs } from 'node:util';
import { fuzz } from './run.ts';

/** `npm run fuzz -- --minutes 10 [--seed N]`: a gateway before subgraphs that misbehave at random, for as long as one likes. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: String(Date.now() % 100_000) } } });
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const { answers, partial, abandoned, misbehaved, faults, megabytes, exitCode } = await fuzz({ seconds: Number(values.minutes) * 60, seed, say: console.log });
console.table(misbehaved);
for (const fault of faults) console.log(`- ${fault}`);
console.log(
  `${answers} answers, ${partial} of them partial; ${abandoned} abandoned; ${faults.length} faults; ${megabytes.join(', ')} MB; exit code ${exitCode}`,
);
process.exitCode = faults.length === 0 && exitCode === 0 ? 0 : 1;
