import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from 'graphql';
import { appliesTo, type Fragments, fragmentsOf } from '#platform/selections.ts';
import { inputCosts, type Variables } from './inputs.ts';
import type { CostSheet } from './sheet.ts';
import { constantSize, expectedSize, listDepth, ONE, type Size } from './sizes.ts';

/** One field of an answer, wherever the operation asks for it at that place, and what it costs. */
export interface FieldCost {
  readonly key: string;
  /** Each time it is asked. */
  readonly call: number;
  readonly inputs: readonly ((variables: Variables) => number)[];
  readonly size: Size;
  /** What each that it answers may be. */
  readonly groups: readonly Group[];
  /** Whether it asks about the schema. */
  readonly isIntrospection: boolean;
  /** The whole, where no variable has a say in it. */
  readonly fixed: number | null;
}

/** Types for which an operation asks the same of an object. */
export interface Group {
  readonly types: ReadonlySet<string>;
  readonly each: number;
  readonly fields: readonly FieldCost[];
  readonly fixed: number | null;
}

export interface CostRules {
  readonly sheet: CostSheet;
  /** What a list is taken to hold of which the schema says nothing. */
  readonly assumedListSize: number;
  /** What a mutation costs of which the schema says nothing. */
  readonly mutationWeight: number;
  /** The most that a slicing argument may ask for. */
  readonly pageSize: number;
}

/** The variables by which @skip and @include decide, with what they decide. */
export type Positions = Readonly<Record<string, unknown>>;

const META_FIELDS = new Map([SchemaMetaFieldDef, TypeMetaFieldDef].map((field) => [field.name, field]));

/** Works out what an operation costs, but for its variables. The document has passed validation: fragments end. */
export function compileCost(
  schema: GraphQLSchema,
  rules: CostRules,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  positions: Positions,
): FieldCost[] {
  const { sheet, assumedListSize, pageSize } = rules;
  const fragments = fragmentsOf(document);
  const inputCost = inputCosts(sheet);
  const numbers = new Map<SelectionSetNode, number>();
  const known = new Map<string, readonly FieldCost[]>();
  const ids = new Map<readonly FieldCost[], number>();

  const numberOf = (set: SelectionSetNode): number => {
    const number = numbers.get(set) ?? numbers.size;
    numbers.set(set, number);
    return number;
  };

  /** The same selections of the same type cost the same wherever they stand: worked out once. */
  function fieldsOf(type: GraphQLObjectType, sets: readonly SelectionSetNode[], sized: ReadonlyMap<string, Size>): readonly FieldCost[] {
    const key = `${type.name}|${sets.map(numberOf).join()}|${[...sized].map(([name, size]) => `${name}=${size.name}`).join()}`;
    const found = known.get(key);
    if (found) return found;
    const fields = [...collect({ schema, fragments, positions }, type, sets)].flatMap(([responseKey, nodes]) => fieldOf(type, responseKey, nodes, sized) ?? []);
    known.set(key, fields);
    return fields;
  }

  function fieldOf(type: GraphQLObjectType, key: string, nodes: readonly FieldNode[], sizedByParent: ReadonlyMap<string, Size>): FieldCost | null {
    const [node] = nodes;
    const definition = node && (type.getFields()[node.name.value] ?? META_FIELDS.get(node.name.value));
    if (!definition) return null;
    const coordinate = `${type.name}.${definition.name}`;
    const listSize = said(type, definition.name, sheet.listSizes);
    const expected = listSize && expectedSize(listSize, node, definition, coordinate, pageSize);
    const sized = new Map(expected && listSize ? listSize.sizedFields.map((name) => [name, expected] as const) : []);
    const size = ownSize(definition, sizedByParent.get(definition.name) ?? (sized.size === 0 ? expected : undefined));
    const groups = groupsOf(definition, nodes, sized);
    const call = said(type, definition.name, sheet.weights) ?? (type === schema.getMutationType() ? rules.mutationWeight : 0);
    const inputs = inputsOf(type, definition, node);
    // Asked even where none of the fields that hold the page is: for its refusal.
    if (expected && expected.constant === null) inputs.push({ of: (variables) => (expected.of(variables), 0), isConstant: false });
    if (call === 0 && inputs.length === 0 && size.constant !== null && groups.every(({ fixed }) => fixed === 0)) return null;
    const isIntrospection = definition.name.startsWith('__');
    const field = { key, call, inputs: inputs.map(({ of }) => of), size, groups, isIntrospection, fixed: null };
    const isFixed = size.constant !== null && inputs.every(({ isConstant }) => isConstant) && groups.every(({ fixed }) => fixed !== null);
    return isFixed ? { ...field, fixed: estimateField(field, {}) } : field;
  }

  function ownSize({ type }: GraphQLField<unknown, unknown>, expected: Size | undefined | null): Size {
    const depth = listDepth(type);
    if (depth === 0) return ONE;
    const outer = expected ?? constantSize(assumedListSize);
    if (depth === 1) return outer;
    const within = assumedListSize ** (depth - 1);
    return {
      constant: outer.constant === null ? null : outer.constant * within,
      of: (variables) => outer.of(variables) * within,
      name: `${outer.name}*${within}`,
    };
  }

  /** The types that the field may answer, those together of which the operation asks the same. */
  function groupsOf(definition: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[], sized: ReadonlyMap<string, Size>): Group[] {
    const named = getNamedType(definition.type);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const types = isObjectType(named) ? [named] : isAbstractType(named) ? schema.getPossibleTypes(named) : [];
    if (types.length === 0) {
      const each = sheet.weights.get(named.name) ?? 0;
      return [{ types: new Set(), each, fields: [], fixed: each }];
    }
    const groups = new Map<string, { types: Set<string>; each: number; fields: readonly FieldCost[] }>();
    for (const type of types) {
      const each = sheet.weights.get(type.name) ?? sheet.weights.get(named.name) ?? 1;
      const fields = fieldsOf(type, sets, sized);
      const id = ids.get(fields) ?? ids.size;
      ids.set(fields, id);
      const key = fields.length === 0 ? `${each}` : `${each}|${id}`;
      const group = groups.get(key) ?? { types: new Set(), each, fields };
      group.types.add(type.name);
      groups.set(key, group);
    }
    return [...groups.values()].map((group) => {
      const isFixed = group.fields.every(({ fixed }) => fixed !== null);
      return { ...group, fixed: isFixed ? group.fields.reduce((sum, { fixed }) => sum + (fixed ?? 0), group.each) : null };
    });
  }

  function inputsOf(type: GraphQLObjectType, definition: GraphQLField<unknown, unknown>, node: FieldNode) {
    return (node.arguments ?? []).flatMap(({ name, value }) => {
      const argument = definition.args.find((candidate) => candidate.name === name.value);
      if (!argument) return [];
      const cost = inputCost(argument.type, said(type, `${definition.name}(${argument.name}:)`, sheet.weights) ?? 0);
      const of = (variables: Variables) => cost.ofLiteral(value, variables);
      const isConstant = !holdsVariable(value);
      return isConstant && of({}) === 0 ? [] : [{ of, isConstant }];
    });
  }

  const root = schema.getRootType(operation.operation);
  return root ? [...fieldsOf(root, [operation.selectionSet], new Map())] : [];
}

/** What the sheet says of a field of a type, or else of an interface that the type implements. */
function said<T>(type: GraphQLObjectType, field: string, sheet: ReadonlyMap<string, T>): T | undefined {
  const own = sheet.get(`${type.name}.${field}`);
  return (
    own ??
    type
      .getInterfaces()
      .map((parent) => sheet.get(`${parent.name}.${field}`))
      .find((found) => found !== undefined)
  );
}

const holdsVariable = (value: ValueNode): boolean =>
  value.kind === Kind.VARIABLE ||
  (value.kind === Kind.LIST && value.values.some(holdsVariable)) ||
  (value.kind === Kind.OBJECT && value.fields.some((field) => holdsVariable(field.value)));

interface Reading {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
  readonly positions: Positions;
}

/** The fields that are asked of an object of the type, by response key: each place of an answer is paid for once. */
function collect(reading: Reading, type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  const walk = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isAsked(selection, reading.positions)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(selection);
        else fields.set(key, [selection]);
        continue;
      }
      const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null;
      if (name !== null && spread.has(name)) continue;
      if (name !== null) spread.add(name);
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : reading.fragments.get(selection.name.value);
      if (fragment && appliesTo(reading.schema, type, fragment.typeCondition?.name.value)) walk(fragment.selectionSet);
    }
  };
  for (const set of sets) walk(set);
  return fields;
}

function isAsked({ directives }: SelectionNode, positions: Positions): boolean {
  for (const directive of directives ?? []) {
    const isSkip = directive.name.value === 'skip';
    if (!isSkip && directive.name.value !== 'include') continue;
    const condition = directive.arguments?.[0]?.value;
    const isTrue = condition?.kind === Kind.VARIABLE ? positions[condition.name.value] === true : condition?.kind === Kind.BOOLEAN && condition.value;
    if (isTrue === isSkip) return false;
  }
  return true;
}

/** The most that the fields may cost with these variables. */
export const estimate = (fields: readonly FieldCost[], variables: Variables): number =>
  fields.reduce((sum, field) => sum + (field.fixed ?? estimateField(field, variables)), 0);

function estimateField({ call, inputs, size, groups }: FieldCost, variables: Variables): number {
  let each = 0;
  for (const group of groups) each = Math.max(each, group.fixed ?? group.each + estimate(group.fields, variables));
  let cost = call + size.of(variables) * each;
  for (const of of inputs) cost += of(variables);
  return Math.max(0, cost);
}
