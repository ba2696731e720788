import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { DomainError } from '#platform/errors.ts';

/** What one operation may ask for at most. */
export interface Limits {
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  /** With every fragment counted wherever it is spread: so much is planned. */
  readonly fields: number;
  readonly rootFields: number;
}

export const DEFAULT_LIMITS: Limits = { tokens: 2_000, depth: 15, aliases: 30, fields: 1_000, rootFields: 20 };

interface Measure {
  depth: number;
  aliases: number;
  fields: number;
}

const NOTHING: Readonly<Measure> = { depth: 0, aliases: 0, fields: 0 };

/** Throws a coded error that says what the limit is and what was asked. The document has passed validation: no cycles. */
export function enforceLimits(document: DocumentNode, operation: OperationDefinitionNode, limits: Limits): void {
  const fragments = new Map(document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])));
  const { depth, aliases, fields } = measure(operation.selectionSet, fragments, new Map());
  const rootFields = countFields(operation.selectionSet, fragments);
  const asked: [keyof Limits, string, number][] = [
    ['depth', 'nested levels', depth],
    ['aliases', 'aliases', aliases],
    ['fields', 'fields, its fragments spread', fields],
    ['rootFields', 'root fields', rootFields],
  ];
  for (const [limit, noun, value] of asked) {
    if (value > limits[limit]) {
      throw new DomainError('BAD_USER_INPUT', `An operation may have at most ${limits[limit]} ${noun}; this one has ${value}.`, {
        limit: limits[limit],
        asked: value,
      });
    }
  }
}

/** A fragment is measured once, however often it is spread; what it counts for is added at each spread. */
function measure(selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, known: Map<string, Measure>): Measure {
  const total: Measure = { ...NOTHING };
  const add = (part: Readonly<Measure>, below: number) => {
    total.depth = Math.max(total.depth, part.depth + below);
    total.aliases += part.aliases;
    total.fields += part.fields;
  };
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.alias) total.aliases += 1;
      total.fields += 1;
      const inner = selection.selectionSet ? measure(selection.selectionSet, fragments, known) : NOTHING;
      add(isIntrospection(selection) ? { ...NOTHING, aliases: inner.aliases } : inner, 1);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      add(measure(selection.selectionSet, fragments, known), 0);
    } else {
      add(measureFragment(selection.name.value, fragments, known), 0);
    }
  }
  return total;
}

function measureFragment(name: string, fragments: ReadonlyMap<string, FragmentDefinitionNode>, known: Map<string, Measure>): Measure {
  const fragment = fragments.get(name);
  const found = known.get(name) ?? (fragment ? measure(fragment.selectionSet, fragments, known) : { ...NOTHING });
  known.set(name, found);
  return found;
}

/** The fields of one level, with those of its fragments; each of these, too, is counted once. */
function countFields(selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, known = new Map<string, number>()): number {
  const countFragment = (name: string): number => {
    const fragment = fragments.get(name);
    const count = known.get(name) ?? (fragment ? countFields(fragment.selectionSet, fragments, known) : 0);
    known.set(name, count);
    return count;
  };
  return selectionSet.selections.reduce((count, selection) => {
    if (selection.kind === Kind.FIELD) return count + 1;
    return count + (selection.kind === Kind.INLINE_FRAGMENT ? countFields(selection.selectionSet, fragments, known) : countFragment(selection.name.value));
  }, 0);
}

/** Tools ask for the schema with a large and deep query, which is not planned; how deep at most is a rule of validation. */
const isIntrospection = (field: FieldNode) => field.name.value === '__schema' || field.name.value === '__type';
