import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, Kind, print, type SelectionNode, type SelectionSetNode, stripIgnoredCharacters, visit } from 'graphql';
import type { Data } from './data.ts';
import { entitySelections, forEachField } from './entity-selections.ts';
import { type Fetch, fetchOf } from './fetches.ts';
import type { PlanReading } from './plan-reading.ts';
import { compileRequirements, identify } from './representations.ts';

/**
 * What can be asked for an object of which the fetch requires more than is known: the fetch without the fields that need
 * it. One field's @requires is no reason to lose the others. The fetch itself where nothing is to be left out; null where
 * nothing is left.
 */
export function lesserFetch(fetch: Fetch, target: Data): Fetch | null {
  const { node, path, reading, lesser } = fetch;
  const typename = target['__typename'];
  const entities = entitySelections(node.operationDocumentNode);
  if (typeof typename !== 'string' || !entities) return fetch;
  const lost = new Set<FieldNode>();
  const names = { lost: new Set<string>(), kept: new Set<string>() };
  forEachField(entities, null, (field, type) => {
    const required = type === null ? undefined : reading.requirements.get(`${node.serviceName} ${type}.${field.name.value}`);
    if (!required || type === null) return;
    const isKnown = reading.conditions(type).has(typename) && identify(target, compileRequirements(asSelections(required), reading)) !== null;
    if (!isKnown) lost.add(field);
    for (const selection of required.selections) if (selection.kind === Kind.FIELD) names[isKnown ? 'kept' : 'lost'].add(selection.name.value);
  });
  if (lost.size === 0) return fetch;
  const key = [...lost].map(({ name, alias }) => alias?.value ?? name.value).join(' ');
  const known = lesser.get(key);
  if (known !== undefined) return known;
  const made = withoutFields(node, reading, lost, new Set([...names.lost].filter((name) => !names.kept.has(name))));
  const compiled = made && fetchOf(made, path, reading);
  lesser.set(key, compiled);
  return compiled;
}

function withoutFields(node: FetchNode, reading: PlanReading, lost: ReadonlySet<FieldNode>, unneeded: ReadonlySet<string>): FetchNode | null {
  const document: DocumentNode = visit(node.operationDocumentNode ?? { kind: Kind.DOCUMENT, definitions: [] }, {
    Field: { enter: (field) => (lost.has(field) ? null : undefined) },
    InlineFragment: { leave: ({ selectionSet }) => (selectionSet.selections.length === 0 ? null : undefined) },
  });
  if (!entitySelections(document)?.selections.length) return null;
  const operation = stripIgnoredCharacters(print(document));
  return { ...node, operation, operationDocumentNode: document, requires: withoutNames(node.requires ?? [], null, unneeded, node.serviceName, reading) };
}

/** Keys stay, whatever else they are required for. */
function withoutNames(
  selections: readonly QueryPlanSelectionNode[],
  type: string | null,
  unneeded: ReadonlySet<string>,
  subgraph: string,
  reading: PlanReading,
): QueryPlanSelectionNode[] {
  return selections.flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === 'InlineFragment') {
      const below = withoutNames(selection.selections, selection.typeCondition ?? type, unneeded, subgraph, reading);
      return below.length > 0 ? [{ ...selection, selections: below }] : [];
    }
    const isKey = reading.keys.get(`${subgraph} ${type}`)?.some((names) => names.includes(selection.name)) ?? false;
    return isKey || selection.name === '__typename' || !unneeded.has(selection.name) ? [selection] : [];
  });
}

const asSelections = ({ selections }: SelectionSetNode): QueryPlanSelectionNode[] => selections.flatMap((selection) => asSelection(selection));

function asSelection(selection: SelectionNode): QueryPlanSelectionNode[] {
  const below = selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet ? undefined : asSelections(selection.selectionSet);
  if (selection.kind === Kind.FIELD) return [{ kind: 'Field', name: selection.name.value, ...(below && { selections: below }) }];
  if (selection.kind === Kind.FRAGMENT_SPREAD || !below) return [];
  return [{ kind: 'InlineFragment', ...(selection.typeCondition && { typeCondition: selection.typeCondition.name.value }), selections: below }];
}
