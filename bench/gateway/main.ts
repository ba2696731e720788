import { parseArgs } from 'node:util';
import { compare } from './comparison.ts';
import { endure } from './endurance.ts';
import { onStage } from './stage.ts';

/**
 * `npm run bench:gateway`: what a gateway costs. Bare Apollo Gateway, Hive Gateway, ours with and without sharing, and a
 * static answer, each a process of its own, over the same four subgraphs, which answer from memory and are not measured.
 * `--requests N` instead sends so many to ours alone, and tells what becomes of its memory.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    'without-hive': { type: 'boolean', default: false },
    requests: { type: 'string' },
  },
});

await onStage((stage) =>
  values.requests === undefined
    ? compare(stage, { seconds: Number(values.seconds), rounds: Number(values.rounds), isWithHive: !values['without-hive'] })
    : endure(stage, Number(values.requests)),
);
