import type { FetchNode } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, Kind, print, type SelectionNode, type SelectionSetNode, stripIgnoredCharacters, visit } from 'graphql';
import { type Fragments, fragmentsOf } from '#platform/selections.ts';
import type { PartialMembers } from '../supergraph/partial-members.ts';
import type { PlanPath } from './places.ts';
import type { TypeConditions } from './type-conditions.ts';

/** A client's operation as it was planned, and what is known of the supergraph that it asks. */
export interface Completing {
  readonly document: DocumentNode;
  readonly members: PartialMembers;
  readonly conditions: TypeConditions;
}

/**
 * The fetch, asking of every object that the subgraph may answer what the client wants of it. The planner leaves out
 * members of a union or interface that another subgraph, which it could ask as well, does not know: null would stand for
 * what is there.
 */
export function completedFetch(node: FetchNode, path: PlanPath, completing: Completing): FetchNode {
  const planned = node.operationDocumentNode;
  const fragments = fragmentsOf(completing.document);
  const wanted = wantedAt(completing.document, path, fragments);
  if (!planned || wanted.length === 0 || planned.definitions.length > 1) return node;
  const [operation] = planned.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return node;
  const walk = completion(node.serviceName, fragments, completing);
  const root = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation.operation];
  const selectionSet = node.requires
    ? withinEntities(operation.selectionSet, (entities) => walk(entities, null, wanted))
    : walk(operation.selectionSet, root, wanted);
  if (selectionSet === operation.selectionSet) return node;
  const used = new Set<string>();
  visit(selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const known = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const clients = completing.document.definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? (one.variableDefinitions ?? []) : []));
  const added = clients.filter(({ variable }) => used.has(variable.name.value) && !known.has(variable.name.value));
  const document: DocumentNode = {
    ...planned,
    definitions: [{ ...operation, selectionSet, variableDefinitions: [...(operation.variableDefinitions ?? []), ...added] }],
  };
  const variableUsages = [...(node.variableUsages ?? []), ...added.map(({ variable }) => variable.name.value)];
  return { ...node, operationDocumentNode: document, operation: stripIgnoredCharacters(print(document)), variableUsages };
}

/** What the client selects at one place, in as many pieces as it wrote. */
type Wanted = readonly SelectionSetNode[];

const keyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

/** The fields of a selection set, of those fragments that `isOf` holds for. */
function fieldsOf({ selections }: SelectionSetNode, fragments: Fragments, isOf: (condition: string) => boolean): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    return fragment && (condition === undefined || isOf(condition)) ? fieldsOf(fragment.selectionSet, fragments, isOf) : [];
  });
}

const below = (wanted: Wanted, key: string, fragments: Fragments): Wanted =>
  wanted.flatMap((set) => fieldsOf(set, fragments, () => true).flatMap((field) => (keyOf(field) === key && field.selectionSet ? [field.selectionSet] : [])));

const wantedAt = ({ definitions }: DocumentNode, path: PlanPath, fragments: Fragments): Wanted =>
  path
    .filter((step) => step !== '@')
    .reduce<Wanted>(
      (wanted, key) => below(wanted, key, fragments),
      definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [one.selectionSet] : [])),
    );

function withinEntities(selectionSet: SelectionSetNode, change: (entities: SelectionSetNode) => SelectionSetNode): SelectionSetNode {
  const selections = selectionSet.selections.map((one): SelectionNode => {
    if (one.kind !== Kind.FIELD || !one.selectionSet) return one;
    const changed = change(one.selectionSet);
    return changed === one.selectionSet ? one : { ...one, selectionSet: changed };
  });
  return withSelections(selectionSet, selections);
}

/** The same one where nothing in it has changed. */
const withSelections = (selectionSet: SelectionSetNode, selections: readonly SelectionNode[]): SelectionSetNode =>
  selections.every((one, index) => one === selectionSet.selections[index]) ? selectionSet : { ...selectionSet, selections };

function completion(subgraph: string, fragments: Fragments, { members, conditions }: Completing) {
  const fieldsFor = (wanted: Wanted, type: string) => wanted.flatMap((set) => fieldsOf(set, fragments, (condition) => conditions(condition).has(type)));

  /** The field with all that is below it, where the subgraph answers that by itself. */
  function whole(field: FieldNode, type: string): FieldNode | null {
    if (field.name.value === '__typename') return field;
    if (!members.answers(subgraph, type, field.name.value)) return null;
    if (!field.selectionSet) return field;
    const inner = members.typeOf(type, field.name.value);
    if (inner === null) return null;
    const selections = fieldsOf(field.selectionSet, fragments, (condition) => conditions(condition).has(inner)).map((one) => whole(one, inner));
    return selections.every((one) => one !== null) ? { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } } : null;
  }

  return function walk(selectionSet: SelectionSetNode, type: string | null, wanted: Wanted): SelectionSetNode {
    const selections = selectionSet.selections.map((one): SelectionNode => {
      if (one.kind === Kind.FRAGMENT_SPREAD || !one.selectionSet) return one;
      const inner = one.kind === Kind.INLINE_FRAGMENT ? (one.typeCondition?.name.value ?? type) : type === null ? null : members.typeOf(type, one.name.value);
      const within = one.kind === Kind.INLINE_FRAGMENT ? wanted : below(wanted, keyOf(one), fragments);
      const walked = walk(one.selectionSet, inner, within);
      const changed = one.kind === Kind.INLINE_FRAGMENT ? walked : withMembers(walked, inner, within);
      return changed === one.selectionSet ? one : { ...one, selectionSet: changed };
    });
    return withSelections(selectionSet, selections);
  };

  function withMembers(selectionSet: SelectionSetNode, type: string | null, wanted: Wanted): SelectionSetNode {
    const added = (type === null ? [] : members.of(subgraph, type)).flatMap((member): SelectionNode[] => {
      const there = new Set(fieldsOf(selectionSet, fragments, (condition) => conditions(condition).has(member)).map(keyOf));
      const missing = fieldsFor(wanted, member).filter((field) => !there.has(keyOf(field)) && field.name.value !== '__typename');
      const fields = missing.flatMap((field) => whole(field, member) ?? []);
      if (fields.length === 0) return [];
      return [
        {
          kind: Kind.INLINE_FRAGMENT,
          typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: member } },
          selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
        },
      ];
    });
    return added.length === 0 ? selectionSet : { ...selectionSet, selections: [...selectionSet.selections, ...added] };
  }
}
