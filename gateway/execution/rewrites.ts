import type { FetchDataRewrite } from '@apollo/query-planner';
import { type Data, isData } from './data.ts';
import { emptyShape, type MergeShape } from './merge.ts';
import type { TypeConditions } from './type-conditions.ts';

/** A change that the plan wants made to what is sent to a subgraph, or to what it answered. */
export type Rewrite = (value: unknown) => void;

const FRAGMENT = '... on ';

export function compileRewrites(rewrites: readonly FetchDataRewrite[] | undefined, conditions: TypeConditions): readonly Rewrite[] {
  return (rewrites ?? []).map((rewrite) => compileRewrite(rewrite, conditions));
}

function compileRewrite(rewrite: FetchDataRewrite, conditions: TypeConditions): Rewrite {
  const change = changeOf(rewrite);
  return rewrite.path.slice(0, -1).reduceRight<Rewrite>((next, step) => {
    if (!step.startsWith(FRAGMENT)) return forEachObject((value) => next(value[step]));
    const names = conditions(step.slice(FRAGMENT.length));
    // An object whose type is not told is taken to be of the type that the planner had in mind.
    return forEachObject((value) => {
      const typename = value['__typename'];
      if (typeof typename !== 'string' || names.has(typename)) next(value);
    });
  }, forEachObject(change));
}

const forEachObject = (change: (value: Data) => void): Rewrite =>
  function visit(value) {
    if (Array.isArray(value)) for (const element of value) visit(element);
    else if (isData(value)) change(value);
  };

function changeOf(rewrite: FetchDataRewrite): (value: Data) => void {
  const field = rewrite.path.at(-1) ?? '';
  if (rewrite.kind === 'ValueSetter') return (value) => void (value[field] = rewrite.setValueTo);
  return (value) => {
    const renamed = value[field];
    // null, 0, false and '' are values like any other.
    if (renamed === undefined) return;
    value[rewrite.renameKeyTo] = renamed;
    value[field] = undefined;
  };
}

/** Makes room in a fetch's shape for the keys that its rewrites bring in. */
export function addRewrittenKeys(shape: MergeShape, rewrites: readonly FetchDataRewrite[] | undefined): void {
  for (const rewrite of rewrites ?? []) {
    const path = rewrite.path.filter((step) => !step.startsWith(FRAGMENT));
    const field = path.pop() ?? '';
    const holder = path.reduce<MergeShape>((at, step) => at.fields.get(step) ?? emptyShape(), shape);
    const key = rewrite.kind === 'KeyRenamer' ? rewrite.renameKeyTo : field;
    if (!holder.fields.has(key)) holder.fields.set(key, holder.fields.get(field) ?? null);
  }
}

/** The response keys that an answer's rewrites rename, for the paths of its errors. */
export const renamedKeys = (rewrites: readonly FetchDataRewrite[] | undefined): ReadonlyMap<string, string> =>
  new Map((rewrites ?? []).flatMap((rewrite) => (rewrite.kind === 'KeyRenamer' ? [[rewrite.path.at(-1) ?? '', rewrite.renameKeyTo] as const] : [])));
