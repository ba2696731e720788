import { GraphQLError, type GraphQLOutputType, getNullableType, isListType, isNonNullType } from 'graphql';
import type { Executed } from '../execution/executor.ts';
import type { Guarded } from './guard.ts';

type Path = readonly (string | number)[];
type Data = Record<string, unknown>;

/** A null that goes up through non-null types. */
const NOTHING = Symbol('null where the type allows none');

/** The answer to a guarded operation as its caller sees it: nulls, and an error for each, where something is denied. */
export function withDenials({ data, errors = [] }: Executed, guarded: Guarded): Executed {
  const denied: GraphQLError[] = [];
  const seen = isObject(data) ? shown(data, guarded, [], denied) : data;
  const all = [...errors, ...denied];
  return { ...(data !== undefined && { data: isObject(seen) ? seen : null }), ...(all.length > 0 && { errors: all }) };
}

const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(object: Data, { fields, denied }: Guarded, path: Path, errors: GraphQLError[]): Data | typeof NOTHING {
  const seen: Data = Object.create(null);
  let isNothing = false;
  for (const [key, value] of Object.entries(object)) {
    const refused = denied.get(key);
    if (refused) {
      // Another selection of the same field, which the caller may see, has answered it.
      if (Object.hasOwn(object, refused.key) || Object.hasOwn(seen, refused.key)) continue;
      seen[refused.key] = null;
      errors.push(new GraphQLError(refused.denial.sentence, { path: [...path, refused.key], extensions: { code: refused.denial.code } }));
      isNothing ||= isNonNullType(refused.type);
      continue;
    }
    const inner = fields.get(key);
    const below = inner ? shownValue(value, inner.type, inner.below, [...path, key], errors) : value;
    if (below === NOTHING) isNothing = true;
    else seen[key] = below;
  }
  return isNothing ? NOTHING : seen;
}

function shownValue(value: unknown, type: GraphQLOutputType, guarded: Guarded, path: Path, errors: GraphQLError[]): unknown {
  const nullable = getNullableType(type);
  const seen =
    Array.isArray(value) && isListType(nullable)
      ? shownList(value, nullable.ofType, guarded, path, errors)
      : isObject(value)
        ? shown(value, guarded, path, errors)
        : value;
  return seen === NOTHING && !isNonNullType(type) ? null : seen;
}

function shownList(values: readonly unknown[], type: GraphQLOutputType, guarded: Guarded, path: Path, errors: GraphQLError[]): unknown {
  const seen = values.map((value, index) => shownValue(value, type, guarded, [...path, index], errors));
  return seen.includes(NOTHING) ? NOTHING : seen;
}
