import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from '#platform/selections.ts';
import { type Data, emptyData, isData } from './data.ts';

/** The response keys of a fetch, as a tree. A leaf is never looked into: it may be an object that a subgraph still holds. */
export interface MergeShape {
  readonly fields: Map<string, MergeShape | null>;
}

export const emptyShape = (): MergeShape => ({ fields: new Map() });

/** The shape of a fetch's whole answer; fragments on different types are laid over each other. */
export function mergeShapeOf(document: DocumentNode): MergeShape {
  const fragments = fragmentsOf(document);
  const shape = emptyShape();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) addSelections(shape, definition.selectionSet, fragments);
  }
  return shape;
}

function addSelections({ fields }: MergeShape, { selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const below = fields.get(key) ?? (selection.selectionSet ? emptyShape() : null);
      if (below && selection.selectionSet) addSelections(below, selection.selectionSet, fragments);
      fields.set(key, below);
      continue;
    }
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    if (inner) addSelections({ fields }, inner.selectionSet, fragments);
  }
}

/** Lays an answer over what is there. Parts that are not there yet are taken over as they are, not copied. */
export function mergeInto(target: Data, source: Data, { fields }: MergeShape): void {
  for (const [key, below] of fields) {
    const value = source[key];
    if (value !== undefined) target[key] = below === null ? value : merged(target[key], value, below);
  }
}

/** Lays a copy of an answer over what is there. */
export function copyInto(target: Data, source: Data, { fields }: MergeShape, isIsolated: boolean): void {
  for (const [key, below] of fields) {
    const value = source[key];
    if (value !== undefined) target[key] = below === null ? value : merged(target[key], copyOfValue(value, below, isIsolated), below);
  }
}

function merged(target: unknown, value: unknown, shape: MergeShape): unknown {
  if (isData(value)) {
    if (!isData(target)) return value;
    mergeInto(target, value, shape);
    return target;
  }
  if (!Array.isArray(value) || !Array.isArray(target) || value.length !== target.length) return value;
  for (let index = 0; index < value.length; index++) target[index] = merged(target[index], value[index], shape);
  return target;
}

/** The same answer once more, for a second place that must be able to grow by itself. Leaves are shared. */
export function copyOf(source: Data, { fields }: MergeShape, isIsolated: boolean): Data {
  const copy: Data = isIsolated ? emptyData() : {};
  for (const [key, below] of fields) {
    if (Object.hasOwn(source, key)) copy[key] = below === null ? source[key] : copyOfValue(source[key], below, isIsolated);
  }
  return copy;
}

function copyOfValue(value: unknown, shape: MergeShape, isIsolated: boolean): unknown {
  if (Array.isArray(value)) return value.map((element) => copyOfValue(element, shape, isIsolated));
  return isData(value) ? copyOf(value, shape, isIsolated) : value;
}
