import { setTimeout as pause } from 'node:timers/promises';
import { type DocumentNode, parse } from 'graphql';
import { afterEach, expect, test } from 'vitest';
import type { Logger } from '#platform/logger.ts';
import { compose } from '../execution/differential/both-executors.ts';
import { withFederation } from '../execution/differential/subgraph.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { PLANNER_LIMITS } from '../planning.ts';
import { ENDLESS, endless } from './endless.fixture.ts';
import { plansInProcess } from './planning-process.ts';
import type { Plans } from './plans.ts';
import { planningProcessesOf } from './processes.fixture.ts';

const sdl = compose(withFederation(Object.fromEntries(Object.entries(ENDLESS).map(([name, { sdl: text }]) => [name, text]))));
const PLENTY: Limits = { ...DEFAULT_LIMITS, planningMs: 100_000, planningMb: 2_000 };
/** Starting a process takes long on a busy machine. */
const TIMEOUT = 60_000;

const opened: Plans[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((plans) => plans.close()));
});

function open(limits: Partial<Limits> = {}, idleMs = TIMEOUT) {
  const logged: string[] = [];
  const note = (_fields: object, message: string) => void logged.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  const plans = plansInProcess({ limits: { ...PLENTY, ...limits }, log, idleMs })({ sdl, clientSdl: sdl, plannerLimits: PLANNER_LIMITS });
  opened.push(plans);
  const plan = (query: string, payer = '') => plans.plan(parse(query), null, [], payer);
  return { plans, logged, plan };
}

const processes = () => planningProcessesOf(process.pid);

const until = async (isSo: () => boolean) => {
  while (!isSo()) await pause(20);
};

const simple = '{ nodes { id title } }';

test('a plan is the one that is made here', { timeout: TIMEOUT }, async () => {
  const { plan } = open();
  const { node } = await plan('query Q($first: Boolean = true) { nodes { ... on Song { credit maker { name } } } makers { made { title } } }');
  expect(node?.kind).toBe('Parallel');
  const documents: (DocumentNode | undefined)[] = [];
  JSON.stringify(node, (key, value) => (key === 'operationDocumentNode' ? void documents.push(value) : value));
  expect(documents.length).toBeGreaterThan(2);
  expect(documents.every((document) => document?.kind === 'Document')).toBe(true);
});

test('what clients may not ask is an error in words for them', { timeout: TIMEOUT }, async () => {
  const { plan } = open();
  await expect(plan('{ nodes { nothing } }')).rejects.toThrow('Cannot query field "nothing"');
});

test('one that takes too long is refused, under any names; others are planned after it', { timeout: TIMEOUT }, async () => {
  const { plan, logged } = open({ planningMs: 300 });
  const refused = {
    message: 'An operation may have at most 300 milliseconds of planning; this one has more than 300.',
    extensions: { code: 'BAD_USER_INPUT', exceeded: 'planningMs', limit: 300, asked: 300 },
  };
  const [first, other] = [plan(endless('A')), plan(simple)];
  await expect(first).rejects.toMatchObject({ ...refused, spentMs: 300 });
  expect((await other).node?.kind).toBe('Fetch');
  const [pid] = processes();
  await expect(plan(endless('B'))).rejects.toMatchObject({ ...refused, spentMs: 0 });
  expect(processes()).toEqual([pid]);
  expect(logged).toContain('an operation was slow to plan');
});

test('one that takes too much memory is refused', { timeout: TIMEOUT }, async () => {
  const { plan } = open({ planningMb: 20 });
  const refused = { extensions: { code: 'BAD_USER_INPUT', exceeded: 'planningMb', limit: 20, asked: 20 } };
  await expect(plan(endless('A'))).rejects.toMatchObject(refused);
  expect((await plan(simple)).node?.kind).toBe('Fetch');
  await expect(plan(endless('B'))).rejects.toMatchObject(refused);
});

test('a process that is killed costs the operation it plans, and no other', { timeout: TIMEOUT }, async () => {
  const { plan, logged } = open();
  await plan(simple);
  const [killed = 0] = processes();
  const interrupted = plan(endless('A'));
  const waiting = plan('{ makers { name } }');
  await pause(50);
  process.kill(killed, 'SIGKILL');
  await expect(interrupted).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true } });
  expect((await waiting).node?.kind).toBe('Fetch');
  expect(logged).toContain('the planning process ended while it planned');
  expect(processes()).not.toContain(killed);
});

test('it ends when there is nothing to plan, and comes back', { timeout: TIMEOUT }, async () => {
  const { plan, plans } = open({}, 50);
  plans.warmUp();
  expect(processes().length).toBe(1);
  await until(() => processes().length === 0);
  expect((await plan(simple)).node?.kind).toBe('Fetch');
  await until(() => processes().length === 0);
});

test('when it is closed nothing is left, and nobody waits', { timeout: TIMEOUT }, async () => {
  const { plan, plans } = open();
  await plan(simple);
  const asked = [plan(endless('A')), plan('{ makers { name } }')];
  const settled = Promise.allSettled(asked);
  await pause(50);
  await plans.close();
  expect(processes()).toEqual([]);
  const unavailable = { status: 'rejected', reason: { extensions: { code: 'SERVICE_UNAVAILABLE' } } };
  expect(await settled).toMatchObject([unavailable, unavailable]);
  await expect(plan('{ makers { id } }')).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
});

test('of one caller only so many wait, and others come between them', { timeout: TIMEOUT }, async () => {
  const { plan, plans } = open();
  const many = Array.from({ length: 40 }, (_, i) => plan(`{ n${i}: nodes { id } }`, 'one'));
  const outcomes: string[] = [];
  const settled = many.map((planned, i) =>
    planned.then(
      () => outcomes.push(`one ${i}`),
      (error) => outcomes.push(error.extensions.code),
    ),
  );
  await plan(simple, 'another');
  outcomes.push('another');
  await Promise.all(settled);
  expect(outcomes.filter((outcome) => outcome === 'RATE_LIMITED').length).toBe(9);
  expect(outcomes.indexOf('another')).toBeLessThan(outcomes.indexOf('one 3'));
  await plans.close();
});
