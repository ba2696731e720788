import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { DomainError } from '#platform/errors.ts';

/** What one operation may ask for at most. */
export interface Limits {
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
}

export const DEFAULT_LIMITS: Limits = { tokens: 2_000, depth: 15, aliases: 30, rootFields: 20 };

interface Measure {
  depth: number;
  aliases: number;
}

/** Throws a coded error that says what the limit is and what was asked. The document has passed validation: no cycles. */
export function enforceLimits(document: DocumentNode, operation: OperationDefinitionNode, limits: Limits): void {
  const fragments = new Map(document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])));
  const { depth, aliases } = measure(operation.selectionSet, fragments, new Map());
  const rootFields = countFields(operation.selectionSet, fragments);
  const asked: [keyof Limits, string, number][] = [
    ['depth', 'nested levels', depth],
    ['aliases', 'aliases', aliases],
    ['rootFields', 'root fields', rootFields],
  ];
  for (const [limit, noun, value] of asked) {
    if (value > limits[limit]) {
      throw new DomainError('BAD_USER_INPUT', `An operation may have at most ${limits[limit]} ${noun}; this one has ${value}.`, { limit: limits[limit], asked: value });
    }
  }
}

/** A fragment is measured once, however often it is spread; what it counts for is added at each spread. */
function measure(selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, known: Map<string, Measure>): Measure {
  const total: Measure = { depth: 0, aliases: 0 };
  const add = (part: Measure, below: number) => {
    total.depth = Math.max(total.depth, part.depth + below);
    total.aliases += part.aliases;
  };
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      if (isIntrospection(selection)) continue;
      if (selection.alias) total.aliases += 1;
      add(selection.selectionSet ? measure(selection.selectionSet, fragments, known) : { depth: 0, aliases: 0 }, 1);
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
  const found = known.get(name) ?? (fragment ? measure(fragment.selectionSet, fragments, known) : { depth: 0, aliases: 0 });
  known.set(name, found);
  return found;
}

function countFields(selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): number {
  return selectionSet.selections.reduce((count, selection) => {
    if (selection.kind === Kind.FIELD) return count + 1;
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)?.selectionSet;
    return count + (inner ? countFields(inner, fragments) : 0);
  }, 0);
}

/** Tools ask for the schema with a deep, fixed query. */
const isIntrospection = (field: FieldNode) => field.name.value === '__schema' || field.name.value === '__type';
