import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InputObjectTypeDefinitionNode,
  Kind,
  type ScalarTypeDefinitionNode,
  type SelectionSetNode,
  type UnionTypeDefinitionNode,
} from 'graphql';
import {
  argumentText,
  booleanValue,
  directive,
  directivesNamed,
  enumValue,
  type FieldedNode,
  fieldNamed,
  fieldSetOf,
  isFielded,
  isGraphEnum,
  namedType,
  stringValue,
  withArgument,
} from './join.ts';
import type { Original } from './required-values.ts';

export interface WithTwins {
  readonly supergraph: DocumentNode;
  /** The names of subgraphs that are only planned with, to the ones that answer for them. */
  readonly twins: ReadonlyMap<string, string>;
}

/** A field with a @requires, in the subgraph that has it. */
interface Requiring {
  readonly graph: string;
  readonly type: string;
  readonly field: string;
  /** What a representation holds for it, by path; stand-ins are the values of the paths of what they stand for. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Gives a subgraph a twin for the fields that it cannot be asked for in one entity fetch with its others, or that the
 * planner would ask for too early:
 * - two that require different values of one field have no representation in common;
 * - of one that is itself required elsewhere, the planner may lose the requirements: it takes it for one of those that
 *   it has asked the same subgraph for already.
 * A twin holds those fields and what is below them; the calls that are planned for it go to the subgraph itself.
 */
export function withTwins(supergraph: DocumentNode, standIns: ReadonlyMap<string, Original>): WithTwins {
  const types = new Map(supergraph.definitions.filter(isFielded).map((node) => [node.name.value, node]));
  const requiring = [...types.values()].flatMap((node) => requiringFields(node, standIns));
  const needs = transitive(requiring.map((one) => [coordinate(one), coordinatesRequired(one, types)]));
  const required = new Set([...needs.values()].flatMap((all) => [...all]));
  const needsOther = (one: Requiring, other: Requiring) => needs.get(coordinate(one))?.has(coordinate(other)) ?? false;
  const areApart = (one: Requiring, other: Requiring) => !haveCommonValues(one, other) || needsOther(one, other) || needsOther(other, one);
  const rooms = new Map<string, Requiring[][]>();
  for (const one of requiring) {
    const ofGraph = rooms.get(one.graph) ?? [[]];
    rooms.set(one.graph, ofGraph);
    const isRequired = required.has(coordinate(one));
    const room = ofGraph.find((others, index) => (index > 0 || !isRequired) && !others.some((other) => areApart(one, other)));
    if (room) room.push(one);
    else ofGraph.push([one]);
  }
  const twins = new Map<string, string>();
  let made = supergraph;
  for (const [graph, [, ...others]] of rooms) {
    for (const [index, moved] of others.entries()) made = withTwin(made, graph, index + 2, moved, twins);
  }
  return { supergraph: made, twins };
}

function requiringFields(node: FieldedNode, standIns: ReadonlyMap<string, Original>): Requiring[] {
  return (node.fields ?? []).flatMap((field) =>
    directivesNamed(field, 'join__field').flatMap((join) => {
      const [graph, required] = [argumentText(join, 'graph'), argumentText(join, 'requires')];
      if (graph === null || required === null) return [];
      const values = new Map<string, string>();
      addValues(values, fieldSetOf(required), '', standIns);
      return [{ graph, type: node.name.value, field: field.name.value, values }];
    }),
  );
}

function addValues(values: Map<string, string>, { selections }: SelectionSetNode, path: string, standIns: ReadonlyMap<string, Original>): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      addValues(values, selection.selectionSet, path, standIns);
      continue;
    }
    const name = selection.name.value;
    const at = `${path}.${standIns.get(name)?.name ?? name}`;
    values.set(at, name);
    if (selection.selectionSet) addValues(values, selection.selectionSet, at, standIns);
  }
}

const haveCommonValues = (one: Requiring, other: Requiring): boolean =>
  one.type !== other.type || [...one.values].every(([path, name]) => (other.values.get(path) ?? name) === name);

const coordinate = ({ type, field }: Requiring): string => `${type}.${field}`;

/** What each needs, what that needs, and so on. */
function transitive(direct: readonly (readonly [string, readonly string[]])[]): Map<string, Set<string>> {
  const needs = new Map<string, Set<string>>();
  for (const [one, others] of direct) needs.set(one, new Set([...(needs.get(one) ?? []), ...others]));
  for (const all of needs.values()) {
    // A set is walked to its end, with what is added on the way.
    for (const one of all) for (const further of needs.get(one) ?? []) all.add(further);
  }
  return needs;
}

/** `Type.field` of everything that a field requires, for every type that may be meant. */
function coordinatesRequired({ graph, type, field }: Requiring, types: ReadonlyMap<string, FieldedNode>): string[] {
  const found: string[] = [];
  const walk = ({ selections }: SelectionSetNode, parent: string): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, selection.typeCondition?.name.value ?? parent);
      if (selection.kind !== Kind.FIELD) continue;
      const holders = [...types.values()].filter(({ name, interfaces = [] }) =>
        [name, ...interfaces.map((one) => one.name)].some((one) => one.value === parent),
      );
      found.push(...holders.map(({ name }) => `${name.value}.${selection.name.value}`));
      const node = types.get(parent);
      const definition = node && fieldNamed(node, selection.name.value);
      if (definition && selection.selectionSet) walk(selection.selectionSet, namedType(definition.type));
    }
  };
  const node = types.get(type);
  const join = node && directivesNamed(fieldNamed(node, field) ?? {}, 'join__field').find((one) => argumentText(one, 'graph') === graph);
  const required = join && argumentText(join, 'requires');
  if (required) walk(fieldSetOf(required), type);
  return found;
}

/** The names of the types at which operations begin. */
function rootTypes({ definitions }: DocumentNode): Set<string> {
  const schema = definitions.find((node) => node.kind === Kind.SCHEMA_DEFINITION);
  return new Set(schema?.operationTypes.map(({ type }) => type.name.value) ?? ['Query', 'Mutation', 'Subscription']);
}

function withTwin(supergraph: DocumentNode, graph: string, number: number, moved: readonly Requiring[], twins: Map<string, string>): DocumentNode {
  const roots = rootTypes(supergraph);
  const taken = new Set(supergraph.definitions.filter(isGraphEnum).flatMap(({ values = [] }) => values.map(({ name }) => name.value)));
  let twin = `${graph}_${number}`;
  while (taken.has(twin)) twin += '_';
  const definitions = supergraph.definitions.map((node): DefinitionNode => {
    if (isGraphEnum(node)) return withGraph(node, graph, twin, number, twins);
    if (isFielded(node)) {
      return roots.has(node.name.value)
        ? node
        : fieldedInTwin(
            node,
            graph,
            twin,
            moved.filter(({ type }) => type === node.name.value),
          );
    }
    return isDoubled(node) ? inTwin(node, graph, twin) : node;
  });
  return { ...supergraph, definitions };
}

function withGraph(node: EnumTypeDefinitionNode, graph: string, twin: string, number: number, twins: Map<string, string>): EnumTypeDefinitionNode {
  const values = (node.values ?? []).flatMap((value) => {
    if (value.name.value !== graph) return [value];
    const join = directivesNamed(value, 'join__graph')[0];
    const name = join && argumentText(join, 'name');
    if (!join || !name) return [value];
    twins.set(`${name}~${number}`, name);
    const named = withArgument(join, 'name', stringValue(`${name}~${number}`));
    return [value, { ...value, name: { kind: Kind.NAME as const, value: twin }, directives: [named] }];
  });
  return { ...node, values };
}

type DoubledNode = EnumTypeDefinitionNode | InputObjectTypeDefinitionNode | ScalarTypeDefinitionNode | UnionTypeDefinitionNode;

const DOUBLED: ReadonlySet<string> = new Set([
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
]);

const isDoubled = (node: DefinitionNode): node is DoubledNode => DOUBLED.has(node.kind);

/** A scalar, enum, input or union, with its values, fields and members. */
function inTwin(node: DoubledNode, graph: string, twin: string): DoubledNode {
  const doubled = <Part extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(part: Part): Part => ({
    ...part,
    directives: part.directives?.flatMap((one) => copied(one, graph, twin)) ?? [],
  });
  if (node.kind === Kind.ENUM_TYPE_DEFINITION) return { ...doubled(node), values: node.values?.map(doubled) ?? [] };
  if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) return { ...doubled(node), fields: node.fields?.map(doubled) ?? [] };
  return doubled(node);
}

/** The directive, and once more for the twin where it speaks of the subgraph. */
function copied(one: ConstDirectiveNode, graph: string, twin: string): ConstDirectiveNode[] {
  return one.name.value.startsWith('join__') && argumentText(one, 'graph') === graph ? [one, withArgument(one, 'graph', enumValue(twin))] : [one];
}

function fieldedInTwin(node: FieldedNode, graph: string, twin: string, moved: readonly Requiring[]): FieldedNode {
  const joins = directivesNamed(node, 'join__type');
  const own = joins.filter((one) => argumentText(one, 'graph') === graph);
  if (own.length === 0) return node;
  const isEntered = moved.length > 0;
  const directives = (node.directives ?? []).flatMap((one) =>
    copied(one, graph, twin).map((copy) =>
      !isEntered && argumentText(copy, 'graph') === twin && argumentText(copy, 'key') !== null ? withArgument(copy, 'resolvable', booleanValue(false)) : copy,
    ),
  );
  const keys = new Set(own.flatMap((one) => namesIn(argumentText(one, 'key'))));
  const graphs = [...new Set(joins.map((one) => argumentText(one, 'graph') ?? ''))];
  const place = (field: FieldDefinitionNode) => placed(field, { graph, twin, graphs, isEntered, keys, moved: new Set(moved.map((one) => one.field)) });
  return { ...node, directives, fields: node.fields?.map(place) ?? [] };
}

const namesIn = (fieldSet: string | null): string[] =>
  fieldSet === null ? [] : fieldSetOf(fieldSet).selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []));

interface Placing {
  readonly graph: string;
  readonly twin: string;
  /** Every subgraph that has the type. */
  readonly graphs: readonly string[];
  /** Whether the planner may come to the twin through this type. */
  readonly isEntered: boolean;
  readonly keys: ReadonlySet<string>;
  readonly moved: ReadonlySet<string>;
}

/** A moved field stays behind as one that is answered elsewhere; of the others, an entered type keeps its keys only. */
function placed(field: FieldDefinitionNode, { graph, twin, graphs, isEntered, keys, moved }: Placing): FieldDefinitionNode {
  const name = field.name.value;
  const external = (of: string) => directive('join__field', { graph: enumValue(of), external: booleanValue(true) });
  if (directivesNamed(field, 'join__field').length === 0) {
    if (!isEntered || keys.has(name)) return field;
    return { ...field, directives: [...(field.directives ?? []), ...graphs.map((of) => directive('join__field', { graph: enumValue(of) })), external(twin)] };
  }
  const directives = (field.directives ?? []).flatMap((one): ConstDirectiveNode[] => {
    if (one.name.value !== 'join__field' || argumentText(one, 'graph') !== graph) return [one];
    const copy = withArgument(one, 'graph', enumValue(twin));
    if (moved.has(name) && argumentText(one, 'requires') !== null) return [external(graph), copy];
    const isLeft = (isEntered && !keys.has(name)) || argumentText(one, 'requires') !== null;
    return isLeft ? [one, external(twin)] : [one, copy];
  });
  return { ...field, directives };
}
