import { type FieldNode, Kind, parse, type SelectionSetNode } from 'graphql';

/** How a field of an object is found, and whether the object is of a type. */
export interface Asking {
  field(source: unknown, node: FieldNode): unknown;
  isOf(source: unknown, typename: string): boolean;
}

const parsed = new Map<string, SelectionSetNode>();

/** The selections of a field set, such as `size { width } tags(first: 2)`. */
export function fieldSet(text: string): SelectionSetNode {
  const known = parsed.get(text);
  if (known) return known;
  const [definition] = parse(`{ ${text} }`).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`no field set: ${text}`);
  parsed.set(text, definition.selectionSet);
  return definition.selectionSet;
}

/** What a field set finds, with nothing else beside it. */
export function requiredOf(source: unknown, { selections }: SelectionSetNode, asking: Asking): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const value = asking.field(source, selection);
      found[selection.name.value] = selection.selectionSet ? below(value, selection.selectionSet, asking) : value;
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      if (condition === undefined || asking.isOf(source, condition)) Object.assign(found, requiredOf(source, selection.selectionSet, asking));
    }
  }
  return found;
}

function below(value: unknown, selections: SelectionSetNode, asking: Asking): unknown {
  if (Array.isArray(value)) return value.map((element) => below(element, selections, asking));
  return typeof value === 'object' && value !== null ? requiredOf(value, selections, asking) : value;
}
