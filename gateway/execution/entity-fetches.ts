import { contextOf, lineagesAt } from './contexts.ts';
import { type Data, isData } from './data.ts';
import { addTo, type Fetch, rewritten, sent, variablesOf } from './fetches.ts';
import { entityPlaces, markLacking, report, reportFailure } from './fetch-errors.ts';
import { lesserFetch } from './lesser-fetches.ts';
import { identityOfRest, represent } from './representations.ts';
import type { Answered, Run } from './run.ts';

/** A representation, sent once, and every object that it stands for. */
interface Entity {
  /** Equal for equal representations of one fetch. */
  readonly identity: string;
  readonly representation: Data;
  readonly targets: Data[];
}

/** Entities that one call can ask for. */
interface Batch {
  readonly fetch: Fetch;
  /** What objects further up say; the same for all. */
  readonly context: Data;
  /** By what identifies their representations; null for those that have none. */
  readonly entities: Map<string, Entity | null>;
}

/** What a fetch comes to when it is carried out: one call, or several where not all is known of every object. */
export interface Question {
  readonly fetch: Fetch;
  readonly variables: Data;
  readonly entities: readonly Entity[];
}

export async function fetchEntities(run: Run, fetch: Fetch, targets: readonly Data[]): Promise<void> {
  const questions = questionsOf(run, fetch, targets);
  const [first] = questions;
  if (questions.length > 1) await Promise.all(questions.map((question) => ask(run, question)));
  else if (first) await ask(run, first);
}

export function questionsOf(run: Run, fetch: Fetch, targets: readonly Data[]): Question[] {
  const batches = fetch.contexts.length > 0 ? batchesByContext(run, fetch, targets) : batchesOf(fetch, targets, {});
  return batches.flatMap(({ fetch: possible, context, entities: known }) => {
    const entities = [...known.values()].filter((entity) => entity !== null);
    return entities.length === 0 ? [] : [{ fetch: possible, variables: { ...variablesOf(run, possible), ...context }, entities }];
  });
}

/** One call for each set of values that objects further up have: a variable has one value in a call. */
function batchesByContext(run: Run, fetch: Fetch, targets: readonly Data[]): Batch[] {
  const lineages = lineagesAt(run.root, fetch.path);
  const groups = new Map<string, { readonly context: Data; readonly targets: Data[] }>();
  for (const [index, target] of targets.entries()) {
    const context = contextOf(fetch.contexts, lineages[index] ?? []);
    const key = JSON.stringify(context);
    const group = groups.get(key) ?? { context, targets: [] };
    group.targets.push(target);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap((group) => batchesOf(fetch, group.targets, group.context));
}

/** Each representation once, in the order in which they are first needed. */
function batchesOf(fetch: Fetch, targets: readonly Data[], context: Data): Batch[] {
  const whole: Batch = { fetch, context, entities: new Map() };
  const others = new Map<Fetch, Batch>();
  for (const target of targets) {
    const identity = fetch.identify(target);
    if (identity !== null && !fetch.isUnsure) {
      addEntity(whole, target, identity);
      continue;
    }
    const possible = lesserFetch(fetch, target);
    if (!possible) continue;
    const batch = possible === fetch ? whole : (others.get(possible) ?? { fetch: possible, context, entities: new Map() });
    if (batch !== whole) others.set(possible, batch);
    addEntity(batch, target, possible.identify(target) ?? identityOfRest(represent(target, possible.requirements)));
  }
  return others.size === 0 ? [whole] : [whole, ...others.values()];
}

function addEntity({ fetch, entities }: Batch, target: Data, identity: string): void {
  const known = entities.get(identity);
  if (known) known.targets.push(target);
  else if (known === undefined) entities.set(identity, entityOf(target, fetch, identity));
}

/** None without a key: of whatever else is known of an object, a subgraph can only make another one. */
function entityOf(target: Data, { keysOf, requirements, before }: Fetch, identity: string): Entity | null {
  const representation = represent(target, requirements);
  if (!representation?.['__typename']) return null;
  for (const rewrite of before) rewrite(representation);
  const isKnown = keysOf(String(representation['__typename'])).some((names) => names.every((name) => representation[name] !== undefined));
  return isKnown ? { identity, representation, targets: [target] } : null;
}

export async function ask(run: Run, question: Question): Promise<void> {
  const { fetch, variables } = question;
  let received: Answered;
  try {
    received = await sent(run, fetch, { ...variables, representations: question.entities.map(({ representation }) => representation) });
  } catch (error) {
    fail(run, question, error);
    return;
  }
  settle(run, question, received);
}

const targetsOf = ({ entities }: Question): Data[] => entities.flatMap(({ targets }) => targets);

/** Nothing came of a question. */
export const fail = (run: Run, question: Question, error: unknown): void => reportFailure(run, question.fetch, targetsOf(question), error);

/** Puts what a subgraph answered where it belongs. */
export function settle(run: Run, question: Question, received: Answered): void {
  const { fetch, entities } = question;
  const { data, errors } = received;
  try {
    if (errors) {
      const place = entityPlaces(run, fetch.path, (index) => entities[index]?.targets);
      report(run, fetch, targetsOf(question), received, place);
    }
    if (isData(data)) mergeEntities(run, question, data['_entities'], received);
    else if (errors) for (const target of targetsOf(question)) markLacking(run.failed, target, fetch.shape);
  } catch (error) {
    fail(run, question, error);
  }
}

function mergeEntities(run: Run, { fetch, entities }: Question, received: unknown, { errors = [], isShared = false }: Answered): void {
  const { shape, namelessShape, reading } = fetch;
  if (!Array.isArray(received)) throw new Error('Expected "data._entities" in response to be an array');
  if (received.length !== entities.length) throw new Error(`Expected "data._entities" to contain ${entities.length} elements`);
  for (const [index, { representation, targets }] of entities.entries()) {
    const entity: unknown = received[index];
    if (isData(entity)) {
      const answer = rewritten(entity, fetch, isShared, targets[0]?.['__typename']);
      // A subgraph with an interface object repeats the interface's name: the object's own name is not to be lost to it.
      const isRepeated = answer['__typename'] === representation['__typename'];
      addTo(targets, answer, isRepeated ? namelessShape : shape, reading, isShared);
    } else {
      const isFailure = errors.some(({ path }) => typeof path?.[1] !== 'number' || path[1] === index);
      for (const target of targets) markLacking(isFailure ? run.failed : run.dead, target, shape);
    }
  }
}
