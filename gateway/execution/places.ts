import { type Data, isData, type ResponsePath } from './data.ts';

/** A path of the plan: response keys, and `@` for every element of a list. */
export type PlanPath = readonly string[];

/** The objects that stand at a path, in order; an object in several places comes once for each. */
export function objectsAt(root: Data, path: PlanPath): Data[] {
  const found: Data[] = [];
  collect(root, path, 0, found);
  return found;
}

function collect(start: unknown, path: PlanPath, from: number, found: Data[]): void {
  let value = start;
  for (let index = from; index < path.length; index++) {
    const step = path[index];
    if (step === '@') {
      if (Array.isArray(value)) for (const element of value) collect(element, path, index + 1, found);
      return;
    }
    if (step === undefined || !isData(value)) return;
    value = value[step];
  }
  if (isData(value)) found.push(value);
}

/** Where the client sees each of the objects at a path. Walked only when there is an error to place. */
export function responsePathsAt(root: Data, path: PlanPath): Map<object, ResponsePath[]> {
  const found = new Map<object, ResponsePath[]>();
  trace(root, path, 0, [], found);
  return found;
}

function trace(value: unknown, path: PlanPath, index: number, walked: ResponsePath, found: Map<object, ResponsePath[]>): void {
  const step = path[index];
  if (step === '@') {
    if (Array.isArray(value)) for (const [position, element] of value.entries()) trace(element, path, index + 1, [...walked, position], found);
  } else if (isData(value)) {
    if (step !== undefined) trace(value[step], path, index + 1, [...walked, step], found);
    else found.set(value, [...(found.get(value) ?? []), walked]);
  }
}

/** The part of a path that is the same for every object at it. */
export function commonPath(path: PlanPath): ResponsePath {
  const list = path.indexOf('@');
  return list === -1 ? path : path.slice(0, list);
}
