import type { FetchNode } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import type { PlanReading } from './plan-reading.ts';

/**
 * Whether a representation may satisfy the fetch and still lack what a field of it requires: where that is asked of some
 * types of an interface only, and the field of all.
 */
export function isUnsure({ operationDocumentNode, requires = [], serviceName }: FetchNode, { requirements }: PlanReading): boolean {
  const entities = entitySelections(operationDocumentNode);
  let isFound = false;
  if (!entities) return isFound;
  forEachField(entities, null, ({ name }, type) => {
    const required = type === null ? undefined : requirements.get(`${serviceName} ${type}.${name.value}`);
    const names = required?.selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : [])) ?? [];
    const demanded = new Set(
      requires.flatMap((one) =>
        one.kind === 'InlineFragment' && one.typeCondition === type ? one.selections.flatMap((below) => (below.kind === 'Field' ? [below.name] : [])) : [],
      ),
    );
    isFound ||= !names.every((needed) => demanded.has(needed));
  });
  return isFound;
}

/** What an entity fetch asks of its entities. */
export function entitySelections(document: DocumentNode | undefined): SelectionSetNode | undefined {
  for (const definition of document?.definitions ?? []) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const entities = definition.selectionSet.selections.find((selection) => selection.kind === Kind.FIELD && selection.name.value === '_entities');
    if (entities?.kind === Kind.FIELD) return entities.selectionSet;
  }
  return undefined;
}

/** The fields of the entities themselves, with the type that each is asked of. */
export function forEachField({ selections }: SelectionSetNode, type: string | null, see: (field: FieldNode, type: string | null) => void): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) see(selection, type);
    else if (selection.kind === Kind.INLINE_FRAGMENT) forEachField(selection.selectionSet, selection.typeCondition?.name.value ?? type, see);
  }
}
