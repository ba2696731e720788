import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type Data, isData, type ResponsePath } from './data.ts';
import type { Fetch } from './fetches.ts';
import type { MergeShape } from './merge.ts';
import { commonPath, type PlanPath, responsePathsAt } from './places.ts';
import type { Run } from './run.ts';

export type Place = (path: ResponsePath) => readonly ResponsePath[];

/** Where the client sees what a fetch for the objects at a path answers. */
export const fieldPlaces =
  ({ root }: Run, at: PlanPath): Place =>
  (path) =>
    (at.length === 0 ? [[]] : [...responsePathsAt(root, at).values()].flat()).map((place) => [...place, ...path]);

/** `_entities` and an index become the places of every object that the representation stands for. */
export function entityPlaces({ root }: Run, at: PlanPath, targetsOf: (index: number) => readonly Data[] | undefined): Place {
  const places = responsePathsAt(root, at);
  return ([, index, ...rest]) => {
    const targets = typeof index === 'number' ? targetsOf(index) : undefined;
    const found = targets && [...new Set(targets)].flatMap((target) => places.get(target) ?? []);
    return found?.length ? found.map((place) => [...place, ...rest]) : [commonPath(at)];
  };
}

export function report(run: Run, { subgraph, renamed, reading }: Fetch, errors: readonly GraphQLFormattedError[], place: Place): void {
  for (const { message, path, extensions } of errors) {
    const options = { extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...extensions, serviceName: subgraph } };
    const sentence = message || `Error while fetching subquery from service "${subgraph}"`;
    const places = path ? place(path.map((step) => renamed.get(String(step)) ?? step)) : [undefined];
    for (const at of places) run.errors.push(new GraphQLError(sentence, { ...options, path: at?.map(reading.clientStep) }));
  }
}

/** Nothing came of a fetch: said once, and noted of every object that goes without. */
export function reportFailure(run: Run, shape: MergeShape, targets: readonly Data[], error: unknown): void {
  for (const target of targets) markLacking(run.failed, target, shape);
  const sentence = error instanceof Error ? error.message : String(error);
  run.errors.push(error instanceof GraphQLError ? error : new GraphQLError(sentence, { originalError: error instanceof Error ? error : null }));
}

/** Notes an object, and the parts of it that the fetch would have added to, as lacking what was asked for. */
export function markLacking(lacking: Set<object>, value: unknown, shape: MergeShape): void {
  if (Array.isArray(value)) {
    for (const element of value) markLacking(lacking, element, shape);
  } else if (isData(value)) {
    lacking.add(value);
    for (const [key, below] of shape.fields) if (below) markLacking(lacking, value[key], below);
  }
}
