import type { FetchDataKeyRenamer } from '@apollo/query-planner';
import { type Data, isData } from './data.ts';
import type { PlanPath } from './places.ts';
import type { TypeConditions } from './type-conditions.ts';

/** A variable of a fetch that an object further up has the value of. */
export interface ContextValue {
  readonly variable: string;
  /** How many fields further up. */
  readonly levels: number;
  /** From there, type conditions and response keys down to the value. */
  readonly steps: readonly (ReadonlySet<string> | string)[];
}

const FRAGMENT = '... on ';

export function compileContexts(rewrites: readonly FetchDataKeyRenamer[], conditions: TypeConditions): readonly ContextValue[] {
  return rewrites.map(({ path, renameKeyTo }) => {
    const levels = path.filter((step) => step === '..').length;
    const steps = path.slice(levels).map((step) => (step.startsWith(FRAGMENT) ? conditions(step.slice(FRAGMENT.length)) : step));
    return { variable: renameKeyTo, levels, steps };
  });
}

/** For each object at a path those that it was reached through, the nearest last. The order is that of the objects. */
export function lineagesAt(root: Data, path: PlanPath): (readonly Data[])[] {
  const found: (readonly Data[])[] = [];
  const walk = (value: unknown, index: number, walked: readonly Data[]): void => {
    const step = path[index];
    if (step === '@') {
      if (Array.isArray(value)) for (const element of value) walk(element, index + 1, walked);
    } else if (isData(value)) {
      if (step === undefined) found.push(walked);
      else walk(value[step], index + 1, [...walked, value]);
    }
  };
  walk(root, 0, []);
  return found;
}

/** The variables that an object's ancestors give. */
export function contextOf(contexts: readonly ContextValue[], lineage: readonly Data[]): Data {
  const variables: Data = {};
  for (const { variable, levels, steps } of contexts) {
    const value = valueAt(lineage[lineage.length - levels], steps);
    if (value !== undefined) variables[variable] = value;
  }
  return variables;
}

function valueAt(start: unknown, steps: ContextValue['steps']): unknown {
  let value = start;
  for (const [index, step] of steps.entries()) {
    if (Array.isArray(value)) return value.map((element) => valueAt(element, steps.slice(index)) ?? null);
    if (!isData(value)) return value;
    if (typeof step === 'string') value = value[step];
    else if (!step.has(String(value['__typename']))) return undefined;
  }
  return value;
}
