import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { type Data, isData } from './data.ts';
import type { PlanGround } from './plan-reading.ts';

/** What an entity fetch asks of the objects it is made for, and the names that the subgraph knows it by. */
export type Requirement =
  | { readonly key: string; readonly name: string; readonly below: readonly Requirement[] | null }
  | { readonly names: ReadonlySet<string>; readonly below: readonly Requirement[] };

export function compileRequirements(
  selections: readonly QueryPlanSelectionNode[],
  ground: Pick<PlanGround, 'conditions' | 'standIns'>,
): readonly Requirement[] {
  return selections.flatMap((selection): Requirement[] => {
    if (selection.kind === 'Field') {
      const below = selection.selections ? compileRequirements(selection.selections, ground) : null;
      const key = selection.alias ?? selection.name;
      return [{ key, name: selection.alias ?? ground.standIns.get(key)?.name ?? key, below }];
    }
    if (selection.typeCondition === undefined) return compileRequirements(selection.selections, ground).slice();
    return [{ names: ground.conditions(selection.typeCondition), below: compileRequirements(selection.selections, ground) }];
  });
}

/** Equal for objects of a fetch whose representations are equal; null where something is missing. */
export type Identify = (source: Data) => string | null;

/** Before what is not the value of a key itself. */
const ESCAPE = '\0';

/** By the value itself where a type is known by one key, which is what most fetches ask for. */
export function identifierOf(requirements: readonly Requirement[]): Identify {
  const sole = soleKey(requirements);
  if (!sole) return (source) => identify(source, requirements);
  return (source) => {
    const value = source[sole.key];
    if (typeof value === 'string' && !value.startsWith(ESCAPE) && source['__typename'] === sole.typename) return value;
    const identity = identify(source, requirements);
    return identity && ESCAPE + identity;
  };
}

/** The identity of an object of which something is missing, by what is there. */
export const identityOfRest = (representation: Data | null): string => ESCAPE + JSON.stringify(representation);

function soleKey(requirements: readonly Requirement[]): { readonly typename: string; readonly key: string } | null {
  const [fragment, ...others] = requirements;
  if (!fragment || !('names' in fragment) || fragment.names.size !== 1 || others.length > 0) return null;
  const [typename] = fragment.names;
  const keys = fragment.below.flatMap((below) => ('key' in below && below.below === null ? [below.key] : []));
  const [key, ...more] = keys.filter((name) => name !== '__typename');
  return typename === undefined || key === undefined || more.length > 0 || keys.length < fragment.below.length ? null : { typename, key };
}

/** Equal for objects whose representations are equal; null where something is missing. Cheaper than a representation. */
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
    if (typeof typename !== 'string' || !requirement.names.has(typename)) {
      identity += '-';
      continue;
    }
    const below = identify(source, requirement.below);
    if (below === null) return null;
    identity += `{${below}}`;
  }
  return identity;
}

function identityOfLeaf(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  return typeof value === 'object' ? `${JSON.stringify(value)};` : `${String(value)};`;
}

function identityOfValue(value: unknown, requirements: readonly Requirement[]): string {
  if (Array.isArray(value)) return `[${value.map((element) => identityOfValue(element, requirements)).join(',')}]`;
  return isData(value) ? `{${identify(value, requirements) ?? '!'}}` : 'null';
}

/** The object as the next subgraph must know it. What one fragment needs and is not there costs that fragment; outside of any, all. */
export function represent(source: Data, requirements: readonly Requirement[]): Data | null {
  let result: Data | null = null;
  for (const requirement of requirements) {
    if ('key' in requirement) {
      const value = source[requirement.key];
      if (value === undefined) return null;
      result ??= {};
      result[requirement.name] = requirement.below === null ? value : representValue(value, requirement.below);
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
