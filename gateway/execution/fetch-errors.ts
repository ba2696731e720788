import { type FormattedExecutionResult, GraphQLError } from 'graphql';
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

/** `received` is what came with the errors: one that names no place stands where something is missing. */
export function report(run: Run, fetch: Fetch, targets: readonly Data[], { errors = [], data }: FormattedExecutionResult, place: Place): void {
  const { subgraph, renamed, reading } = fetch;
  for (const { message, path, extensions } of errors) {
    const options = { extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...extensions, serviceName: subgraph } };
    const sentence = message || `Error while fetching subquery from service "${subgraph}"`;
    const places = path
      ? place(path.map((step) => renamed.get(String(step)) ?? step))
      : isData(data)
        ? nullPlaces(fetch, data)
        : missingPlaces(run, fetch, targets);
    for (const at of places) run.errors.push(new GraphQLError(sentence, { ...options, path: at.length > 0 ? at.map(reading.clientStep) : undefined }));
  }
}

/** Nothing came of a fetch: said where something is missing for it, and noted of every object that goes without. */
export function reportFailure(run: Run, fetch: Fetch, targets: readonly Data[], error: unknown): void {
  for (const target of targets) markLacking(run.failed, target, fetch.shape);
  const sentence = error instanceof Error ? error.message : String(error);
  const originalError = error instanceof GraphQLError ? error.originalError : error instanceof Error ? error : null;
  const extensions = error instanceof GraphQLError ? error.extensions : {};
  for (const place of missingPlaces(run, fetch, targets)) {
    run.errors.push(new GraphQLError(sentence, { path: place.map(fetch.reading.clientStep), originalError, extensions }));
  }
}

/** What an error may be about that names no place, beside data. */
function nullPlaces({ path, shape }: Fetch, data: Data): readonly ResponsePath[] {
  const places = path.length > 0 ? [] : [...shape.fields.keys()].filter((key) => data[key] === null).map((key) => [key]);
  return places.length > 0 ? places : [commonPath(path)];
}

const TOLD_AT_MOST = 50;

/** The fields that a fetch was to bring to objects and that they do not have, as exactly as can be told without too many words. */
function missingPlaces({ root }: Run, { path, shape }: Fetch, targets: readonly Data[]): readonly ResponsePath[] {
  const known = responsePathsAt(root, path);
  const keys = [...shape.fields.keys()].filter((key) => key !== '__typename');
  const objects = [...new Set(targets)].flatMap((target) => (known.get(target) ?? []).map((place) => ({ target, place })));
  if (objects.length * keys.length > TOLD_AT_MOST) return objects.length <= TOLD_AT_MOST ? objects.map(({ place }) => place) : [commonPath(path)];
  const missing = objects.flatMap(({ target, place }) => keys.filter((key) => target[key] === undefined).map((key) => [...place, key]));
  return missing.length > 0 ? missing : [commonPath(path)];
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
