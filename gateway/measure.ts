import { type DocumentNode, type FieldNode, type GraphQLError, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { type Fragments, fragmentsOf } from '#platform/selections.ts';
import { exceeded, type Limits } from './limits.ts';

interface Measure {
  depth: number;
  aliases: number;
  fields: number;
}

const NOTHING: Readonly<Measure> = { depth: 0, aliases: 0, fields: 0 };

/** The limits that a document breaks, before it is validated; that its fragments do not spread themselves has been seen to. */
export function exceededBy(document: DocumentNode, limits: Limits): GraphQLError[] {
  const fragments = fragmentsOf(document);
  const comparisons = countComparisons(document, fragments, limits.comparisons);
  // Settled first: what stands below walks operations field by field.
  const ofOperations = document.definitions.flatMap((node) => (node.kind === Kind.OPERATION_DEFINITION ? exceededByOperation(node, fragments, limits) : []));
  if (ofOperations.length > 0 || comparisons <= limits.comparisons) return ofOperations;
  return [exceeded(limits, 'comparisons', limits.comparisons, { atLeast: true })];
}

function exceededByOperation(operation: OperationDefinitionNode, fragments: Fragments, limits: Limits): GraphQLError[] {
  const { depth, aliases, fields } = measure(operation.selectionSet, fragments, new Map());
  const asked = { depth, aliases, fields, rootFields: countFields(operation.selectionSet, fragments) };
  const [first] = (['depth', 'aliases', 'fields', 'rootFields'] as const).filter((limit) => asked[limit] > limits[limit]);
  return first ? [exceeded(limits, first, asked[first], { nodes: operation })] : [];
}

/** The fields of an operation, with every fragment counted wherever it is spread. */
export const countFieldsOf = (document: DocumentNode, { selectionSet }: OperationDefinitionNode): number =>
  measure(selectionSet, fragmentsOf(document), new Map()).fields;

/** A fragment is measured once, however often it is spread; what it counts for is added at each spread. */
function measure(selectionSet: SelectionSetNode, fragments: Fragments, known: Map<string, Measure>): Measure {
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

function measureFragment(name: string, fragments: Fragments, known: Map<string, Measure>): Measure {
  const fragment = fragments.get(name);
  const found = known.get(name) ?? (fragment ? measure(fragment.selectionSet, fragments, known) : { ...NOTHING });
  known.set(name, found);
  return found;
}

/** The fields of one level, with those of its fragments; each of these, too, is counted once. */
function countFields(selectionSet: SelectionSetNode, fragments: Fragments, known = new Map<string, number>()): number {
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

/**
 * How many pairs of fields validation compares in order to know that they agree: at each place of the answer every field
 * with every other, and again for each fragment by itself. Counted up to a little more than `most`.
 */
function countComparisons(document: DocumentNode, fragments: Fragments, most: number): number {
  let pairs = 0;

  function compare(sets: readonly SelectionSetNode[]): void {
    const fields = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const key = selection.alias?.value ?? selection.name.value;
          const same = fields.get(key) ?? [];
          pairs += 1 + same.length;
          same.push(selection);
          fields.set(key, same);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          collect(selection.selectionSet);
        } else if (!spread.has(selection.name.value)) {
          pairs += 1 + spread.size;
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) collect(fragment.selectionSet);
        }
        if (pairs > most) return;
      }
    };
    for (const set of sets) collect(set);
    for (const same of fields.values()) {
      if (pairs > most) return;
      const below = same.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) compare(below);
    }
  }

  for (const node of document.definitions) if ('selectionSet' in node && pairs <= most) compare([node.selectionSet]);
  return pairs;
}
