import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import { type FragileShop, PARTS } from './shop.ts';
import type { Tally } from './tally.ts';

interface Fault {
  readonly kind: string;
  readonly weight: number;
  /** What it happens to: not two at once to the same. */
  readonly target: string;
  strike(): Promise<void>;
}

const COMMANDS = ['find', 'aggregate', 'insert', 'update', 'delete', 'findAndModify'];
const SHUTTING_DOWN = 91;
const NO_SUCH_TRANSACTION = 251;
const NOT_WRITABLE_PRIMARY = 10_107;
/** Most are over in a moment; some outlast a lease. */
const AWAY_MS = [50, 3_000] as const;
const FROZEN_MS = [500, 14_000] as const;

/** All that may go wrong. What fail points do is what a MongoDB does under load, in an election and over a bad network. */
function faultsOf(shop: FragileShop, random: Random): Fault[] {
  const away = () => random.between(...AWAY_MS);
  /** For a while, so that it also hits what is asked again. */
  const whileOn = async (name: string, mode: unknown, data?: object) => {
    await shop.failPoint(name, mode, data);
    await sleep(random.between(500, 3_000));
    await shop.failPoint(name, 'off');
  };
  const failing = (times: number, data: object) => () => whileOn('failCommand', { times: Math.ceil(random.between(1, times)) }, data);
  const failPoint = (kind: string, strike: () => Promise<void>): Fault => ({ kind, weight: 6, target: 'fail point', strike });
  return [
    ...PARTS.map((part) => ({ kind: `kill -9 ${part}`, weight: 6, target: part, strike: () => shop.killPart(part, away()) })),
    ...PARTS.map((part) => ({ kind: `freeze ${part}`, weight: 1.5, target: part, strike: () => shop.freezePart(part, random.between(...FROZEN_MS)) })),
    { kind: 'kill -9 mongod', weight: 10, target: 'mongod', strike: () => shop.killMongo(away()) },
    {
      kind: 'primary steps down',
      weight: 5,
      target: 'mongod',
      strike: async () => {
        await shop.mongo.db('admin').command({ replSetStepDown: 1, secondaryCatchUpPeriodSecs: 0, force: true });
      },
    },
    failPoint('write conflicts', () => whileOn('WTWriteConflictException', { activationProbability: random.between(0.02, 0.2) })),
    failPoint('commit: transaction aborted', failing(6, { failCommands: ['commitTransaction'], errorCode: NO_SUCH_TRANSACTION })),
    failPoint(
      'commit: outcome unknown',
      failing(6, { failCommands: ['commitTransaction'], writeConcernError: { code: SHUTTING_DOWN, errmsg: 'shutting down' } }),
    ),
    failPoint('commit: connection closed', failing(4, { failCommands: ['commitTransaction'], closeConnection: true })),
    failPoint('connections closed', failing(12, { failCommands: COMMANDS, closeConnection: true })),
    failPoint('not primary', failing(6, { failCommands: COMMANDS, errorCode: NOT_WRITABLE_PRIMARY })),
    failPoint(
      'slow answers',
      failing(60, { failCommands: [...COMMANDS, 'commitTransaction'], blockConnection: true, blockTimeMS: Math.ceil(random.between(100, 1_500)) }),
    ),
  ];
}

/** As accidents come: several in a row, and then none for a while, in which there is trade. */
const pauseMs = (random: Random, everySeconds: number): number => Math.min(5, -Math.log(1 - random.next())) * everySeconds * 1000;

export interface Storm {
  /** No more faults; resolves when the last one is over. */
  calm(): Promise<void>;
}

/** Lets faults strike at random, every so many seconds on the average, also several at once. */
export function startStorm(shop: FragileShop, random: Random, tally: Tally, everySeconds: number): Storm {
  const faults = faultsOf(shop, random);
  const underWay = new Map<string, Promise<void>>();
  const over = new AbortController();
  const problems: unknown[] = [];

  const storm = (async () => {
    while (!over.signal.aborted) {
      await sleep(pauseMs(random, everySeconds), undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      const free = faults.filter(({ target }) => !underWay.has(target) && !(target === 'fail point' && underWay.has('mongod')));
      if (free.length === 0) continue;
      const fault = random.weighed(free.map((candidate) => [candidate.weight, candidate] as const));
      tally.strike(fault.kind);
      underWay.set(
        fault.target,
        // A mongod that goes away takes its fail points along.
        fault
          .strike()
          .catch((error: unknown) => (fault.target === 'fail point' || fault.kind === 'primary steps down' ? undefined : problems.push(error)))
          .then(() => void underWay.delete(fault.target)),
      );
    }
  })();

  return {
    calm: async () => {
      over.abort();
      await storm;
      await Promise.all(underWay.values());
      for (const name of ['failCommand', 'WTWriteConflictException']) await shop.failPoint(name, 'off');
      if (problems.length > 0) throw problems[0];
    },
  };
}
