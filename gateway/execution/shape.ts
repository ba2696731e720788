import {
  getNullableType,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { leafCheck } from './leaves.ts';
import { type Reading, selectedFields, type SelectionPart } from './selections.ts';

/** What the client wants of a value: a tree as deep as its operation, worked out once. */
export interface ValueShape {
  readonly isNonNull: boolean;
  /** The type without its outer `!`, as messages name it. */
  readonly typeName: string;
  readonly content: LeafShape | ListShape | ObjectShape;
}

interface LeafShape {
  /** An unfit `__typename` is as good as none: only the interface is known of which the object is. */
  readonly kind: 'leaf' | 'typename';
  readonly isValid: (value: unknown) => boolean;
}

export interface ListShape {
  readonly kind: 'list';
  readonly element: ValueShape;
}

export interface ObjectShape {
  readonly kind: 'object';
  /** The fields of an object whose `__typename` was not asked for. */
  readonly declared: FieldsShape;
  /** The fields of an object of the named type; null for a type that clients cannot see. */
  of(typename: string): FieldsShape | null;
}

export type FieldsShape = readonly FieldShape[];

export interface FieldShape {
  readonly key: string;
  /** The key under which the plan has the value. */
  readonly plannedKey: string;
  /** As messages name it: `Product.price`. */
  readonly label: string;
  /** The answer itself, where the plan need not be asked: the `__typename` of a known type. */
  readonly constant: string | null;
  /** The only check that a scalar or enum value needs; null for lists and objects. */
  readonly isValid: ((value: unknown) => boolean) | null;
  readonly value: ValueShape;
}

export function objectShape(reading: Reading, parts: readonly SelectionPart[], declaredType: GraphQLCompositeType): ObjectShape {
  const known = new Map<string, FieldsShape | null>();
  const shapeOf = (typename: string): FieldsShape | null => {
    const type = reading.schema.getType(typename);
    return isCompositeType(type) ? fieldsShape(reading, parts, type) : null;
  };
  const of = (typename: string): FieldsShape | null => {
    const kept = known.get(typename);
    if (kept !== undefined) return kept;
    const shape = shapeOf(typename);
    // Names come from subgraphs: only those of the schema are worth remembering.
    if (shape) known.set(typename, shape);
    return shape;
  };
  return {
    kind: 'object',
    get declared() {
      return of(declaredType.name) ?? [];
    },
    of,
  };
}

function fieldsShape(reading: Reading, parts: readonly SelectionPart[], runtimeType: GraphQLCompositeType): FieldsShape {
  return [...selectedFields(reading, parts, runtimeType)].map(([key, { type, label, plannedKey, parts: below }]): FieldShape => {
    const value = type ? valueShape(reading, type, below) : typenameShape(reading);
    const constant = !type && isObjectType(runtimeType) ? runtimeType.name : null;
    return { key, plannedKey, label, constant, value, isValid: 'isValid' in value.content ? value.content.isValid : null };
  });
}

const typenameShape = ({ schema }: Reading): ValueShape => ({
  isNonNull: true,
  typeName: 'String',
  content: { kind: 'typename', isValid: (name) => typeof name === 'string' && isObjectType(schema.getType(name)) },
});

function valueShape(reading: Reading, type: GraphQLOutputType, parts: readonly SelectionPart[]): ValueShape {
  const nullable = getNullableType(type);
  return { isNonNull: isNonNullType(type), typeName: String(nullable), content: contentShape(reading, nullable, parts) };
}

function contentShape(reading: Reading, type: GraphQLOutputType, parts: readonly SelectionPart[]): ValueShape['content'] {
  if (isListType(type)) return { kind: 'list', element: valueShape(reading, type.ofType, parts) };
  if (isLeafType(type)) return { kind: 'leaf', isValid: leafCheck(type) };
  if (isCompositeType(type)) return objectShape(reading, parts, type);
  throw new Error(`nothing is known of the type ${String(type)}`);
}
