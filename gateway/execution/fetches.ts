import type { FetchNode } from '@apollo/query-planner';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type Data, isData, type ResponsePath } from './data.ts';
import { copyOf, emptyShape, type MergeShape, mergeInto, mergeShapeOf } from './merge.ts';
import { commonPath, objectsAt, type PlanPath, responsePathsAt } from './places.ts';
import { compileRequirements, identify, represent, type Requirement } from './representations.ts';
import { addRewrittenKeys, compileRewrites, renamedKeys, type Rewrite } from './rewrites.ts';
import type { Run, Step, SubgraphCall } from './run.ts';
import type { TypeConditions } from './type-conditions.ts';

/** A fetch of the plan, with everything worked out that does not depend on a request. */
interface Fetch {
  readonly subgraph: string;
  readonly call: Omit<SubgraphCall, 'variables'>;
  readonly variableNames: readonly string[];
  /** Where in the answer the objects stand that it adds to; empty for the root. */
  readonly path: PlanPath;
  readonly requirements: readonly Requirement[];
  readonly before: readonly Rewrite[];
  readonly after: readonly Rewrite[];
  readonly renamed: ReadonlyMap<string, string>;
  readonly shape: MergeShape;
  readonly isIsolated: boolean;
}

/** A representation, sent once, and every object that it stands for. */
interface Entity {
  readonly representation: Data;
  readonly targets: Data[];
}

type Place = (path: ResponsePath) => readonly ResponsePath[];

export function compileFetch(node: FetchNode, path: PlanPath, conditions: TypeConditions, isIsolated: boolean): Step {
  if (node.contextRewrites?.length) throw new GraphQLError('This gateway cannot carry out @context.', { extensions: { code: 'INTERNAL_SERVER_ERROR' } });
  const document = node.operationDocumentNode;
  if (!document) throw new Error('the planner was not told to hand out document nodes');
  const answer = mergeShapeOf(document);
  const shape = node.requires ? (answer.fields.get('_entities') ?? emptyShape()) : answer;
  addRewrittenKeys(shape, node.outputRewrites);
  const fetch: Fetch = {
    subgraph: node.serviceName,
    call: { query: node.operation, document, ...(node.operationName !== undefined && { operationName: node.operationName }) },
    variableNames: node.variableUsages ?? [],
    path,
    requirements: compileRequirements(node.requires ?? [], conditions),
    before: compileRewrites(node.inputRewrites, conditions),
    after: compileRewrites(node.outputRewrites, conditions),
    renamed: renamedKeys(node.outputRewrites),
    shape,
    isIsolated,
  };
  const carryOut = node.requires ? fetchEntities : fetchFields;
  return async (run) => {
    const targets = path.length === 0 ? [run.root] : objectsAt(run.root, path);
    if (targets.length === 0) return;
    try {
      await carryOut(isIsolated ? isolated(run, answer) : run, fetch, targets);
    } catch (error) {
      for (const target of targets) markLacking(run.failed, target, shape);
      run.errors.push(
        error instanceof GraphQLError
          ? error
          : new GraphQLError(error instanceof Error ? error.message : String(error), { originalError: error instanceof Error ? error : null }),
      );
    }
  };
}

/** Rebuilds each answer without prototypes: for the rare operation with a response key that every plain object inherits. */
const isolated = (run: Run, shape: MergeShape): Run => ({
  ...run,
  send: async (subgraph, call) => {
    const { data, ...rest } = await run.send(subgraph, call);
    return { ...rest, ...(data !== undefined && { data: data && copyOf(data, shape, true) }) };
  },
});

async function fetchFields(run: Run, fetch: Fetch, targets: readonly Data[]): Promise<void> {
  const { data, errors } = await run.send(fetch.subgraph, { ...fetch.call, variables: variablesOf(run, fetch) });
  if (errors) report(run, fetch, errors, (path) => placesOf(run, fetch.path).map((place) => [...place, ...path]));
  if (!isData(data)) {
    if (errors) for (const target of targets) markLacking(run.failed, target, fetch.shape);
    return;
  }
  for (const rewrite of fetch.after) rewrite(data);
  addTo(targets, data, fetch);
}

async function fetchEntities(run: Run, fetch: Fetch, targets: readonly Data[]): Promise<void> {
  const entities = entitiesOf(fetch, targets);
  if (entities.length === 0) return;
  const variables = variablesOf(run, fetch);
  if ('representations' in variables) throw new GraphQLError('Variables cannot contain key "representations"', { extensions: { code: 'BAD_USER_INPUT' } });
  variables['representations'] = entities.map(({ representation }) => representation);
  const { data, errors } = await run.send(fetch.subgraph, { ...fetch.call, variables });
  if (errors) report(run, fetch, errors, entityPlaces(run, fetch, entities));
  if (!isData(data)) {
    if (errors) for (const target of targets) markLacking(run.failed, target, fetch.shape);
    return;
  }
  mergeEntities(run, fetch, entities, data['_entities'], errors ?? []);
}

function mergeEntities(run: Run, fetch: Fetch, entities: readonly Entity[], received: unknown, errors: readonly GraphQLFormattedError[]): void {
  const { shape, after } = fetch;
  if (!Array.isArray(received)) throw new Error('Expected "data._entities" in response to be an array');
  if (received.length !== entities.length) throw new Error(`Expected "data._entities" to contain ${entities.length} elements`);
  for (const [index, { representation, targets }] of entities.entries()) {
    const answer: unknown = received[index];
    if (isData(answer)) {
      if (after.length > 0) {
        answer['__typename'] ??= targets[0]?.['__typename'];
        for (const rewrite of after) rewrite(answer);
      }
      // A subgraph with an interface object repeats the interface's name: the object's own name is not to be lost to it.
      if (answer['__typename'] === representation['__typename']) answer['__typename'] = undefined;
      addTo(targets, answer, fetch);
    } else {
      const isFailure = errors.some(({ path }) => typeof path?.[1] !== 'number' || path[1] === index);
      for (const target of targets) markLacking(isFailure ? run.failed : run.dead, target, shape);
    }
  }
}

/** Each representation once, in the order in which they are first needed. */
function entitiesOf({ requirements, before }: Fetch, targets: readonly Data[]): Entity[] {
  const entities = new Map<string, Entity | null>();
  for (const target of targets) {
    const identity = identify(target, requirements);
    if (identity === null) continue;
    const known = entities.get(identity);
    if (known) known.targets.push(target);
    else if (known === undefined) entities.set(identity, entityOf(target, requirements, before));
  }
  return [...entities.values()].filter((entity) => entity !== null);
}

function entityOf(target: Data, requirements: readonly Requirement[], before: readonly Rewrite[]): Entity | null {
  const representation = represent(target, requirements);
  if (!representation?.['__typename']) return null;
  for (const rewrite of before) rewrite(representation);
  return { representation, targets: [target] };
}

/** The last place takes the answer over; the others get copies, since each may be added to differently later. */
function addTo(targets: readonly Data[], answer: Data, { shape, isIsolated }: Fetch): void {
  const last = targets.length - 1;
  for (let index = 0; index <= last; index++) {
    const target = targets[index];
    if (target) mergeInto(target, index === last ? answer : copyOf(answer, shape, isIsolated), shape);
  }
}

function variablesOf({ variables }: Run, { variableNames }: Fetch): Data {
  const used: Data = {};
  for (const name of variableNames) {
    if (Object.hasOwn(variables, name) && variables[name] !== undefined) used[name] = variables[name];
  }
  return used;
}

/** Notes an object, and the parts of it that the fetch would have added to, as lacking what was asked for. */
function markLacking(lacking: Set<object>, value: unknown, shape: MergeShape): void {
  if (Array.isArray(value)) {
    for (const element of value) markLacking(lacking, element, shape);
  } else if (isData(value)) {
    lacking.add(value);
    for (const [key, below] of shape.fields) if (below) markLacking(lacking, value[key], below);
  }
}

function placesOf({ root }: Run, path: PlanPath): readonly ResponsePath[] {
  return path.length === 0 ? [[]] : [...responsePathsAt(root, path).values()].flat();
}

/** `_entities` and an index become the places of every object that the representation stands for. */
function entityPlaces(run: Run, { path }: Fetch, entities: readonly Entity[]): Place {
  const places = responsePathsAt(run.root, path);
  return ([, index, ...rest]) => {
    const targets = typeof index === 'number' ? entities[index]?.targets : undefined;
    const found = targets && [...new Set(targets)].flatMap((target) => places.get(target) ?? []);
    return found?.length ? found.map((place) => [...place, ...rest]) : [commonPath(path)];
  };
}

function report(run: Run, { subgraph, renamed }: Fetch, errors: readonly GraphQLFormattedError[], place: Place): void {
  for (const { message, path, extensions } of errors) {
    const options = { extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...extensions, serviceName: subgraph } };
    const sentence = message || `Error while fetching subquery from service "${subgraph}"`;
    const places = path ? place(path.map((step) => renamed.get(String(step)) ?? step)) : [undefined];
    for (const at of places) run.errors.push(new GraphQLError(sentence, { ...options, path: at }));
  }
}
