import type { FetchNode } from '@apollo/query-planner';
import { type DocumentNode, print, stripIgnoredCharacters } from 'graphql';
import { compileContexts, type ContextValue } from './contexts.ts';
import type { Data } from './data.ts';
import { isUnsure } from './entity-selections.ts';
import { copyInto, copyOf, emptyShape, type MergeShape, mergeInto, mergeShapeOf } from './merge.ts';
import type { PlanPath } from './places.ts';
import { type PlanReading, withOriginals } from './plan-reading.ts';
import { compileRequirements, type Identify, identifierOf, type Requirement } from './representations.ts';
import { addRewrittenKeys, compileRewrites, renamedKeys, type Rewrite } from './rewrites.ts';
import type { Answered, Run, SubgraphCall } from './run.ts';

/** A fetch of the plan, with everything worked out that does not depend on a request. */
export interface Fetch {
  readonly node: FetchNode;
  readonly reading: PlanReading;
  readonly subgraph: string;
  readonly call: Omit<SubgraphCall, 'variables'>;
  /** The names of its variables, and the client's names of them. */
  readonly variableNames: readonly (readonly [planned: string, client: string])[];
  /** Where in the answer the objects stand that it adds to; empty for the root. */
  readonly path: PlanPath;
  readonly requirements: readonly Requirement[];
  readonly identify: Identify;
  /** The names of each of the keys by which the subgraph knows a type. */
  keysOf(typename: string): readonly (readonly string[])[];
  readonly contexts: readonly ContextValue[];
  readonly before: readonly Rewrite[];
  readonly after: readonly Rewrite[];
  readonly renamed: ReadonlyMap<string, string>;
  /** Of what is added to an object. */
  readonly shape: MergeShape;
  /** The same without the name of its type. */
  readonly namelessShape: MergeShape;
  /** Of the whole answer. */
  readonly answer: MergeShape;
  /** Whether each object is to be looked at for what the fields of the fetch require. */
  readonly isUnsure: boolean;
  /** What remains of the fetch for objects of which not everything is known, by what is left out. */
  readonly lesser: Map<string, Fetch | null>;
}

export function fetchOf(node: FetchNode, path: PlanPath, reading: PlanReading): Fetch {
  const planned = node.operationDocumentNode;
  if (!planned) throw new Error('the planner was not told to hand out document nodes');
  const document = withOriginals(planned, reading.standIns);
  const answer = mergeShapeOf(document);
  const shape = node.requires ? (answer.fields.get('_entities') ?? emptyShape()) : answer;
  const requirements = compileRequirements(node.requires ?? [], reading);
  addRewrittenKeys(shape, node.outputRewrites);
  return {
    node,
    reading,
    subgraph: reading.twins.get(node.serviceName) ?? node.serviceName,
    call: { query: textOf(node, planned, document), document, ...(node.operationName !== undefined && { operationName: node.operationName }) },
    variableNames: (node.variableUsages ?? []).map((name) => [name, reading.clientVariables.get(name) ?? name]),
    path,
    requirements,
    identify: identifierOf(requirements),
    keysOf: keysIn(reading, node.serviceName),
    contexts: compileContexts(node.contextRewrites ?? [], reading.conditions),
    before: compileRewrites(node.inputRewrites, reading.conditions),
    after: compileRewrites(node.outputRewrites, reading.conditions),
    renamed: renamedKeys(node.outputRewrites),
    shape,
    namelessShape: { fields: new Map([...shape.fields].filter(([key]) => key !== '__typename')) },
    answer,
    isUnsure: isUnsure(node, reading),
    lesser: new Map(),
  };
}

function keysIn({ keys }: PlanReading, subgraph: string): Fetch['keysOf'] {
  const ofType = new Map([...keys].flatMap(([name, known]) => (name.startsWith(`${subgraph} `) ? [[name.slice(subgraph.length + 1), known] as const] : [])));
  return (typename) => ofType.get(typename) ?? NONE;
}

const NONE: readonly (readonly string[])[] = [];

const textOf = ({ operation }: FetchNode, planned: DocumentNode, document: DocumentNode): string =>
  document === planned ? operation : stripIgnoredCharacters(print(document));

export const sent = async (run: Run, fetch: Fetch, variables: Readonly<Data>): Promise<Answered> =>
  isolated(fetch, await run.send(fetch.subgraph, { ...fetch.call, variables }));

/** Each answer is rebuilt without prototypes for the rare operation with a response key that every plain object inherits. */
export const isolated = ({ answer, reading }: Fetch, received: Answered): Answered =>
  reading.isIsolated && received.data ? { ...received, data: copyOf(received.data, answer, true) } : received;

/** The answer as the plan wants it, changed only where it is one's own. `typename` is what it is where it does not say. */
export function rewritten(answer: Data, { after, shape, reading }: Fetch, isShared: boolean, typename?: unknown): Data {
  if (after.length === 0) return answer;
  const own = isShared ? copyOf(answer, shape, reading.isIsolated) : answer;
  if (typename !== undefined) own['__typename'] ??= typename;
  for (const rewrite of after) rewrite(own);
  return own;
}

/** Each place can be added to differently later: what is one's own is taken over by the last, all others get copies. */
export function addTo(targets: readonly Data[], answer: Data, shape: MergeShape, { isIsolated }: PlanReading, isShared: boolean): void {
  const copies = isShared ? targets.length : targets.length - 1;
  for (let index = 0; index < copies; index++) {
    const target = targets[index];
    if (target) copyInto(target, answer, shape, isIsolated);
  }
  const last = targets[copies];
  if (last) mergeInto(last, answer, shape);
}

export function variablesOf({ variables }: Run, { variableNames }: Fetch): Data {
  const used: Data = {};
  for (const [name, client] of variableNames) {
    if (Object.hasOwn(variables, client) && variables[client] !== undefined) used[name] = variables[client];
  }
  return used;
}
