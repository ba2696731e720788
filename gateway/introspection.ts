import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode, type SelectionNode } from 'graphql';

const isIntrospection = (selection: SelectionNode): selection is FieldNode =>
  selection.kind === Kind.FIELD && (selection.name.value === '__schema' || selection.name.value === '__type');

/** Whether the operation asks about the schema alone. */
export const isIntrospectionOnly = (operation: OperationDefinitionNode): boolean => operation.selectionSet.selections.every(isIntrospection);

/**
 * Parts an operation into what asks about the schema, answered from the caller's contract, and the rest, which is
 * planned. Null where nothing asks about the schema.
 */
export function withoutIntrospection(document: DocumentNode, operation: OperationDefinitionNode): { only: DocumentNode; rest: DocumentNode } | null {
  const { selections } = operation.selectionSet;
  if (!selections.some(isIntrospection)) return null;
  const withSelections = (kept: readonly SelectionNode[]): DocumentNode => ({
    ...document,
    definitions: document.definitions.map((node) =>
      node === operation ? { ...operation, selectionSet: { ...operation.selectionSet, selections: kept } } : node,
    ),
  });
  return { only: withSelections(selections.filter(isIntrospection)), rest: withSelections(selections.filter((selection) => !isIntrospection(selection))) };
}
