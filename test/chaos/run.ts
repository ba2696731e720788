import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BookCheck, checkBooks } from '../../scripts/books.ts';
import { buy, visit } from './buying.ts';
import { GaveUp, openClients, Refused } from './clients.ts';
import { startStorm } from './faults.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type Market, newcomer, openMarket, type Trader } from './market.ts';
import { type Random, streamOf } from '../random.ts';
import { keepStore, serve, settleComplaint } from './serving.ts';
import { disagreements, type Settled, settle } from './settling.ts';
import { type FragileShop, openFragileShop } from './shop.ts';
import { openTally, type Tally } from './tally.ts';
import { openBadWire } from './wire.ts';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly clients: number;
  /** On the average a fault strikes so often. */
  readonly everySeconds: number;
  readonly say: (line: string) => void;
  /** Ends the run early, in an orderly way. */
  readonly signal: AbortSignal;
}

export interface ChaosResult {
  readonly tally: Tally;
  readonly ledger: Ledger;
  readonly seconds: number;
  readonly settled: Settled;
  readonly books: readonly BookCheck[];
  /** Each sentence is something that must not be; none is a success. */
  readonly problems: readonly string[];
}

const SETTLES_WITHIN_MS = 120_000;
/** Clients that wait for an answer at the end get one within this. */
const LAST_WORDS_MS = 90_000;
const PROGRESS_MS = 10_000;

/** Short times, so that what comes by itself comes within the run. */
const SETTINGS = {
  LOG_LEVEL: 'warn',
  SEED: 'never',
  BCRYPT_COST: '4',
  ACCESS_TOKEN_SECONDS: '86400',
  JOBS_POLL_SECONDS: '0.5',
  SWEEP_AFTER_SECONDS: '10',
  ORDER_EXPIRY_SECONDS: '60',
  REFUND_AUTO_APPROVE_SECONDS: '30',
  ORDER_AUTO_COMPLETE_SECONDS: '30',
  RATE_LIMIT_POINTS_PER_SECOND: '0',
  // They start often, and each time the same code.
  NODE_COMPILE_CACHE: `${tmpdir()}/tradegraph-test-compiled`,
};

const WORK: readonly (readonly [number, (trader: Trader, market: Market) => Promise<void>])[] = [
  [40, buy],
  [8, visit],
  [34, serve],
  [12, settleComplaint],
  [6, keepStore],
];

/** Trades while everything goes wrong, and then looks whether anything was lost. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, say } = options;
  const [tally, ledger] = [openTally(), openLedger()];
  const dir = await mkdtemp(`${tmpdir()}/tradegraph-chaos-`);
  await using opened = new AsyncDisposableStack();
  const wire = await openBadWire(streamOf(seed, 1), tally);
  opened.defer(wire.close);
  say('Starting a mongod and six processes …');
  const shop = await openFragileShop({ dir, notifyUrl: wire.url, settings: SETTINGS });
  opened.defer(shop.close);
  wire.connect(shop.url);
  const clients = openClients({ url: shop.url, tally, ledger, random: streamOf(seed, 2) });
  const market = await openMarket(shop.url, clients, tally, ledger);
  say(`Trading at ${options.clients} clients for ${options.minutes} minutes, a fault every ${options.everySeconds} s, seed ${seed}; logs in ${dir}/logs`);

  const startedAt = Date.now();
  const storm = startStorm(shop, streamOf(seed, 3), tally, options.everySeconds);
  const problems = await trade(options, market, startedAt, async () => {
    await storm.calm();
    wire.mend();
    if (!options.signal.aborted) await shop.untilReady();
  });
  const seconds = (Date.now() - startedAt) / 1000;
  const verified = options.signal.aborted ? interrupted() : await verify(shop, ledger, say);
  const all = [...problems, ...endedOddly(shop), ...verified.problems, ...ledger.contradictions, ...unexpected(tally)];
  await opened.disposeAsync();
  if (all.length === 0) await rm(dir, { recursive: true, force: true });
  else say(`Databases and logs are kept in ${dir}`);
  return { tally, ledger, seconds, settled: verified.settled, books: verified.books, problems: all };
}

/** All clients, until the time is over and each has said its last; answers what they stumbled over. */
async function trade({ minutes, clients, seed, say, signal }: ChaosOptions, market: Market, startedAt: number, calm: () => Promise<void>): Promise<string[]> {
  const problems = new Set<string>();
  const until = startedAt + minutes * 60_000;
  const isOver = () => Date.now() > until || signal.aborted;
  const progress = setInterval(() => say(progressOf(market, (Date.now() - startedAt) / 1000)), PROGRESS_MS);
  const trading = Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      const trader = await arrive(market, streamOf(seed, 100 + index), isOver);
      while (trader && !isOver()) {
        try {
          await trader.random.weighed(WORK)(trader, market);
        } catch (error) {
          if (!(error instanceof Refused) && !(error instanceof GaveUp)) problems.add(error instanceof Error ? (error.stack ?? error.message) : String(error));
          await sleep(trader.random.between(50, 300));
        }
      }
    }),
  );
  try {
    await Promise.race([sleep(Math.max(0, until - Date.now()), undefined, { signal }).catch(() => undefined), trading]);
    say('No more faults; waiting for the last answers …');
    await calm();
    if (signal.aborted) return [];
    const last = await Promise.race([trading, sleep(LAST_WORDS_MS, 'silence' as const)]);
    if (last === 'silence') problems.add(`clients were still waiting ${LAST_WORDS_MS / 1000} s after the last fault`);
  } finally {
    clearInterval(progress);
  }
  return [...problems];
}

async function arrive(market: Market, random: Random, isOver: () => boolean): Promise<Trader | null> {
  while (!isOver()) {
    const self = await newcomer(market).catch(() => null);
    if (self) return { random, self };
  }
  return null;
}

const clock = (seconds: number) => `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

const progressOf = ({ tally, ledger }: Market, seconds: number): string =>
  [
    clock(seconds),
    `faults ${tally.struck()}`,
    `purchases ${ledger.count('group')} (${((60 * ledger.count('group')) / seconds).toFixed(0)}/min)`,
    `paid ${ledger.count('payment', 'SUCCEEDED')}`,
    `refunds ${ledger.count('refund')}`,
    `answers ${tally.total('ok')} ok, ${tally.total('refused')} refused, ${tally.total('outage')} outage, ${tally.total('failed')} failed`,
  ].join('  ');

interface Verified {
  readonly settled: Settled;
  readonly books: readonly BookCheck[];
  readonly problems: readonly string[];
}

const interrupted = (): Verified => ({ settled: { seconds: 0, stuck: [] }, books: [], problems: ['interrupted'] });

async function verify(shop: FragileShop, ledger: Ledger, say: (line: string) => void): Promise<Verified> {
  const databases = (name: string) => shop.mongo.db(name);
  say('Waiting until everything has settled …');
  const settled = await settle(databases, SETTLES_WITHIN_MS);
  const books = await checkBooks(databases);
  const broken = books.filter(({ violations }) => violations > 0);
  const problems = [
    ...settled.stuck.map((line) => `not settled: ${line}`),
    ...broken.map(({ invariant, violations, examples }) => `${invariant}: ${violations} broken, such as ${JSON.stringify(examples[0])}`),
    ...(await ledger.lost(databases)).map((line) => `lost: ${line}`),
    ...(await disagreements(databases)),
  ];
  return { settled, books, problems };
}

const endedOddly = ({ endedByThemselves }: FragileShop): string[] => endedByThemselves.map((line) => `ended by itself: ${line}`);

/** Answers that no outage explains. */
const unexpected = ({ failures }: Tally): string[] =>
  [...failures].map(([what, { times, example }]) => `failed: ${what}, ${times} times, such as ${example.slice(0, 400)}`);
