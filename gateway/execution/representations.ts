import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { type Data, isData } from './data.ts';
import type { TypeConditions } from './type-conditions.ts';

/** What an entity fetch asks of the objects it is made for. */
export type Requirement =
  | { readonly key: string; readonly below: readonly Requirement[] | null }
  | { readonly names: ReadonlySet<string>; readonly below: readonly Requirement[] };

export function compileRequirements(selections: readonly QueryPlanSelectionNode[], conditions: TypeConditions): readonly Requirement[] {
  return selections.flatMap((selection): Requirement[] => {
    if (selection.kind === 'Field') {
      const below = selection.selections ? compileRequirements(selection.selections, conditions) : null;
      return [{ key: selection.alias ?? selection.name, below }];
    }
    if (selection.typeCondition === undefined) return compileRequirements(selection.selections, conditions).slice();
    return [{ names: conditions(selection.typeCondition), below: compileRequirements(selection.selections, conditions) }];
  });
}

/** Equal for objects whose representations are equal; null where there is none. Cheaper than a representation. */
export function identify(source: Data, requirements: readonly Requirement[]): string | null {
  let identity = '';
  for (const requirement of requirements) {
    if ('key' in requirement) {
      const value = source[requirement.key];
      if (value === undefined) return null;
      identity += requirement.below === null ? identityOfLeaf(value) : identityOfValue(value, requirement.below);
      continue;
    }
    const typename = source['__typename'];
    const isOfType = typeof typename === 'string' && requirement.names.has(typename);
    identity += isOfType ? `{${identify(source, requirement.below) ?? '!'}}` : '-';
  }
  return identity;
}

function identityOfLeaf(value: unknown): string {
  return typeof value === 'string' ? `${value.length}:${value}` : `${JSON.stringify(value)};`;
}

function identityOfValue(value: unknown, requirements: readonly Requirement[]): string {
  if (Array.isArray(value)) return `[${value.map((element) => identityOfValue(element, requirements)).join(',')}]`;
  return isData(value) ? `{${identify(value, requirements) ?? '!'}}` : 'null';
}

/** The object as the next subgraph must know it, or null where something it needs is not there. */
export function represent(source: Data, requirements: readonly Requirement[]): Data | null {
  let result: Data | null = null;
  for (const requirement of requirements) {
    if ('key' in requirement) {
      const value = source[requirement.key];
      if (value === undefined) return null;
      result ??= {};
      result[requirement.key] = requirement.below === null ? value : representValue(value, requirement.below);
      continue;
    }
    const typename = source['__typename'];
    if (typeof typename !== 'string' || !requirement.names.has(typename)) continue;
    const part = represent(source, requirement.below);
    if (part) result = result === null ? part : overlaid(result, part);
  }
  return result ?? {};
}

function representValue(value: unknown, requirements: readonly Requirement[]): unknown {
  if (Array.isArray(value)) return value.map((element) => representValue(element, requirements));
  return isData(value) ? represent(value, requirements) : null;
}

/** Two representations of one object. Leaves are the same in both, so that only what was built here is changed. */
function overlaid(target: Data, source: Data): Data {
  for (const key of Object.keys(source)) target[key] = overlaidValue(target[key], source[key]);
  return target;
}

function overlaidValue(target: unknown, source: unknown): unknown {
  if (target === source) return target;
  if (isData(target) && isData(source)) return overlaid(target, source);
  if (Array.isArray(target) && Array.isArray(source)) return source.map((element, index) => overlaidValue(target[index], element));
  return source;
}
