import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isCompositeType,
  isUnionType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Data } from './data.ts';
import { isIncluded, signatureOf } from './planned-operation.ts';
import type { TypeConditions } from './type-conditions.ts';

/** A selection set and the type that it is written for. */
export interface SelectionPart {
  readonly selectionSet: SelectionSetNode;
  readonly parent: GraphQLCompositeType;
}

/** Every selection of one response key of an object, in the order in which the client wrote them. */
export interface SelectedField {
  /** The output type as the first of the selections sees it; null for `__typename`. */
  readonly type: GraphQLOutputType | null;
  /** As messages name it: `Product.price`. */
  readonly label: string;
  /** The key under which the plan has the value. */
  readonly plannedKey: string;
  readonly parts: SelectionPart[];
}

/** What selections are read against: fixed for one operation and one answer to its @skip and @include. */
export interface Reading {
  readonly schema: GraphQLSchema;
  readonly conditions: TypeConditions;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly coerced: Readonly<Data>;
  /** The keys of fields that the plan has under another than the client; by the fields' signatures. */
  readonly plannedKeys: ReadonlyMap<string, string>;
}

/** The fields that an object of the given type answers with, keyed and ordered as in the answer. */
export function selectedFields(reading: Reading, parts: readonly SelectionPart[], runtimeType: GraphQLCompositeType): Map<string, SelectedField> {
  const fields = new Map<string, SelectedField>();
  for (const part of parts) addSelections(reading, part, runtimeType, runtimeType.name, fields);
  return fields;
}

function addSelections(
  reading: Reading,
  { selectionSet, parent }: SelectionPart,
  runtimeType: GraphQLCompositeType,
  label: string,
  fields: Map<string, SelectedField>,
): void {
  for (const selection of selectionSet.selections) {
    if (!isIncluded(selection.directives, reading.coerced)) continue;
    if (selection.kind === Kind.FIELD) {
      addField(reading, selection, parent, label, fields);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : reading.fragments.get(selection.name.value);
    if (!fragment) continue;
    const condition = fragment.typeCondition?.name.value;
    if (condition === undefined) {
      addSelections(reading, { selectionSet: fragment.selectionSet, parent }, runtimeType, label, fields);
    } else if (reading.conditions(condition).has(runtimeType.name)) {
      addSelections(reading, { selectionSet: fragment.selectionSet, parent: compositeType(reading.schema, condition) }, runtimeType, condition, fields);
    }
  }
}

function addField({ schema, plannedKeys }: Reading, field: FieldNode, parent: GraphQLCompositeType, label: string, fields: Map<string, SelectedField>): void {
  const name = field.name.value;
  const key = field.alias?.value ?? name;
  const type = typeOfField(schema, parent, name);
  const known = fields.get(key) ?? { type, label: `${label}.${key}`, plannedKey: plannedKeys.get(signatureOf(field)) ?? key, parts: [] };
  if (field.selectionSet && type) known.parts.push({ selectionSet: field.selectionSet, parent: compositeType(schema, namedTypeName(type)) });
  fields.set(key, known);
}

function typeOfField(schema: GraphQLSchema, parent: GraphQLCompositeType, name: string): GraphQLOutputType | null {
  if (name === '__typename') return null;
  const field = isUnionType(parent) ? undefined : parent.getFields()[name];
  if (field) return field.type;
  const isIntrospection = (name === '__schema' || name === '__type') && parent === schema.getQueryType();
  throw new GraphQLError(
    isIntrospection ? 'Ask about the schema at the root of an operation, not inside a fragment.' : `There is no field "${parent.name}.${name}".`,
    {
      extensions: { code: 'BAD_USER_INPUT' },
    },
  );
}

function namedTypeName(type: GraphQLOutputType): string {
  return 'ofType' in type ? namedTypeName(type.ofType) : type.name;
}

function compositeType(schema: GraphQLSchema, name: string): GraphQLCompositeType {
  const type = schema.getType(name);
  if (isCompositeType(type)) return type;
  throw new GraphQLError(`There is no type "${name}" with fields.`, { extensions: { code: 'BAD_USER_INPUT' } });
}
