import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { argumentText, directivesNamed, type FieldedNode, fieldNamed, fieldSetOf, isFielded, namedType, stringValue, withArgument } from './join.ts';

/** What a stand-in is asked of a subgraph as. */
export interface Original {
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
}

export interface WithStandIns {
  readonly supergraph: DocumentNode;
  /** By the name of the stand-in. */
  readonly standIns: ReadonlyMap<string, Original>;
}

/**
 * Gives every field that some @requires asks for with arguments a stand-in without any: a field of its own for each set of
 * arguments. The planner takes fields with one response key for one and the same, whatever their arguments, so that a
 * client's `comments(limit: 1)` and a required `comments(limit: 3)` would lose one of them without a word.
 */
export function withStandIns(supergraph: DocumentNode): WithStandIns {
  const types = new Map(supergraph.definitions.filter(isFielded).map((node) => [node.name.value, node]));
  const names = namesOf(supergraph);
  const standIns = new Map<string, Original>();
  const known = new Map<string, string>();
  /** Type to field to its stand-ins. */
  const wanted = new Map<string, Map<string, Set<string>>>();

  function standInFor(type: FieldedNode, { name, arguments: given = [] }: FieldNode): string {
    const sorted = [...given].sort((a, b) => (a.name.value < b.name.value ? -1 : 1));
    const text = `${name.value}(${sorted.map(print).join(', ')})`;
    const standIn = known.get(text) ?? unusedName(names, `${name.value}__required`);
    known.set(text, standIn);
    standIns.set(standIn, { name: name.value, arguments: sorted });
    for (const holder of [type, ...implementationsOf(types, type)]) {
      const ofType = wanted.get(holder.name.value) ?? new Map<string, Set<string>>();
      wanted.set(holder.name.value, ofType.set(name.value, (ofType.get(name.value) ?? new Set()).add(standIn)));
    }
    return standIn;
  }

  function rewritten(selectionSet: SelectionSetNode, parent: string): SelectionSetNode {
    const selections = selectionSet.selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        return { ...selection, selectionSet: rewritten(selection.selectionSet, selection.typeCondition?.name.value ?? parent) };
      }
      const type = types.get(parent);
      const field = selection.kind === Kind.FIELD && type && fieldNamed(type, selection.name.value);
      if (selection.kind !== Kind.FIELD || !type || !field) return selection;
      const below = selection.selectionSet && { selectionSet: rewritten(selection.selectionSet, namedType(field.type)) };
      if (!field.arguments?.length) return { ...selection, ...below };
      const name = standInFor(type, selection);
      return { kind: Kind.FIELD, name: { kind: Kind.NAME, value: name }, ...below };
    });
    return { ...selectionSet, selections };
  }

  const withRequirements = (join: ConstDirectiveNode, parent: string): ConstDirectiveNode => {
    const required = argumentText(join, 'requires');
    if (required === null) return join;
    return withArgument(join, 'requires', stringValue(inside(rewritten(fieldSetOf(required), parent))));
  };

  const definitions = supergraph.definitions.map((node) => {
    if (!isFielded(node)) return node;
    const fields = node.fields?.map((field) => ({ ...field, directives: field.directives?.map((one) => withRequirements(one, node.name.value)) ?? [] }));
    return { ...node, ...(fields && { fields }) };
  });
  return { supergraph: { ...supergraph, definitions: definitions.map((node) => (isFielded(node) ? withFields(node, wanted) : node)) }, standIns };
}

function withFields(node: FieldedNode, wanted: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>): FieldedNode {
  const standIns = wanted.get(node.name.value);
  if (!standIns) return node;
  const added = (node.fields ?? []).flatMap((field) => [...(standIns.get(field.name.value) ?? [])].map((name) => standInOf(field, name)));
  return { ...node, fields: [...(node.fields ?? []), ...added] };
}

/** In the same subgraphs as the field itself, by the same conditions. */
const standInOf = (field: FieldDefinitionNode, name: string): FieldDefinitionNode => ({
  kind: Kind.FIELD_DEFINITION,
  name: { kind: Kind.NAME, value: name },
  type: field.type,
  directives: directivesNamed(field, 'join__field'),
});

function implementationsOf(types: ReadonlyMap<string, FieldedNode>, { kind, name }: FieldedNode): FieldedNode[] {
  if (kind !== Kind.INTERFACE_TYPE_DEFINITION) return [];
  return [...types.values()].filter(({ interfaces = [] }) => interfaces.some((one) => one.name.value === name.value));
}

export const inside = (selectionSet: SelectionSetNode): string => selectionSet.selections.map((selection) => print(selection)).join(' ');

function namesOf({ definitions }: DocumentNode): Set<string> {
  return new Set(definitions.filter(isFielded).flatMap(({ fields = [] }) => fields.map(({ name }) => name.value)));
}

function unusedName(names: Set<string>, stem: string): string {
  let number = 1;
  while (names.has(`${stem}${number}`)) number++;
  names.add(`${stem}${number}`);
  return `${stem}${number}`;
}
