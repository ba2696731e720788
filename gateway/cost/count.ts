import type { FieldCost, Group } from './compile.ts';
import type { Variables } from './inputs.ts';

type Answered = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Answered => typeof value === 'object' && value !== null;

/** What an answer cost: as the estimate, but by what it really holds. */
export function count(fields: readonly FieldCost[], data: Answered, variables: Variables): number {
  let sum = 0;
  for (const { key, call, inputs, groups } of fields) {
    const value = data[key];
    if (value === undefined) continue;
    let cost = call + countValue(groups, value, variables);
    for (const of of inputs) cost += of(variables);
    sum += Math.max(0, cost);
  }
  return sum;
}

function countValue(groups: readonly Group[], value: unknown, variables: Variables): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value)) {
    let sum = 0;
    for (const item of value) sum += countValue(groups, item, variables);
    return sum;
  }
  const [only] = groups;
  if (groups.length === 1 && only) return countObject(only, value, variables);
  const typename = isObject(value) ? value['__typename'] : undefined;
  const group = typeof typename === 'string' ? groups.find(({ types }) => types.has(typename)) : undefined;
  if (group) return countObject(group, value, variables);
  // Of a type that the client did not ask to know: the least that it can have been.
  return Math.min(...groups.map((candidate) => countObject(candidate, value, variables)));
}

const countObject = ({ each, fields }: Group, value: unknown, variables: Variables): number =>
  fields.length > 0 && isObject(value) ? each + count(fields, value, variables) : each;
