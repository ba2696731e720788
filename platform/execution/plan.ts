import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql';
import { appliesTo, type Fragments, fragmentsOf } from '../selections.ts';
import { type ArgumentsOf, argumentsOf } from './arguments.ts';
import { leafWriter, type WriteLeaf } from './leaves.ts';

/** One operation, with everything worked out that does not depend on a request. */
export interface OperationPlan {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly root: ObjectPlan;
}

/** The fields of one type that are asked for, in the order of the answer. */
export interface ObjectPlan {
  readonly kind: 'object';
  readonly type: GraphQLObjectType;
  /** Worked out when an object of the type is first met. */
  readonly fields: readonly FieldPlan[];
}

export interface AbstractPlan {
  readonly kind: 'abstract';
  readonly type: GraphQLAbstractType;
  of(type: GraphQLObjectType): ObjectPlan;
}

export interface ListPlan {
  readonly kind: 'list';
  readonly element: ValuePlan;
}

export interface LeafPlan {
  readonly kind: 'leaf';
  readonly type: GraphQLLeafType;
  readonly write: WriteLeaf;
}

export interface ValuePlan {
  readonly isNonNull: boolean;
  readonly content: ObjectPlan | AbstractPlan | ListPlan | LeafPlan;
}

export interface FieldPlan {
  /** The response key. */
  readonly key: string;
  readonly name: string;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  /** The answer itself where nobody need be asked: `__typename`. */
  readonly constant: string | null;
  /** Whether it is `Query._entities`. */
  readonly isEntities: boolean;
  readonly nodes: readonly FieldNode[];
  readonly argumentsOf: ArgumentsOf;
  readonly value: ValuePlan;
}

export interface PlanGround {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
}

export function planOperation(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, rootType: GraphQLObjectType): OperationPlan {
  const fragments = fragmentsOf(document);
  return {
    schema,
    operation,
    fragments: Object.fromEntries(fragments),
    root: objectPlan({ schema, fragments }, rootType, [operation.selectionSet]),
  };
}

export function objectPlan(ground: PlanGround, type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): ObjectPlan {
  let fields: readonly FieldPlan[] | null = null;
  return {
    kind: 'object',
    type,
    get fields() {
      fields ??= [...collected(ground, type, selectionSets)].flatMap(([key, nodes]) => fieldPlan(ground, type, key, nodes) ?? []);
      return fields;
    },
  };
}

function collected(ground: PlanGround, type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
  const found = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const known = found.get(key);
        if (known) known.push(selection);
        else found.set(key, [selection]);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(selection.name.value)) continue;
      if (selection.kind === Kind.FRAGMENT_SPREAD) visited.add(selection.name.value);
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : ground.fragments.get(selection.name.value);
      if (fragment && appliesTo(ground.schema, type, fragment.typeCondition?.name.value)) collect(fragment.selectionSet);
    }
  };
  selectionSets.forEach(collect);
  return found;
}

/** Null for what is no field of the type: nothing is answered. */
function fieldPlan(ground: PlanGround, parentType: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): FieldPlan | null {
  const [node] = nodes;
  const name = node?.name.value ?? '';
  const definition = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parentType.getFields()[name];
  if (!node || !definition) return null;
  const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  return {
    key,
    name,
    parentType,
    definition,
    constant: definition === TypeNameMetaFieldDef ? parentType.name : null,
    isEntities: name === '_entities' && parentType === ground.schema.getQueryType(),
    nodes,
    argumentsOf: argumentsOf(definition, node),
    value: valuePlan(ground, definition.type, below),
  };
}

function valuePlan(ground: PlanGround, type: GraphQLOutputType, below: readonly SelectionSetNode[]): ValuePlan {
  const isNonNull = isNonNullType(type);
  return { isNonNull, content: contentPlan(ground, isNonNull ? type.ofType : type, below) };
}

function contentPlan(
  ground: PlanGround,
  type: Exclude<GraphQLOutputType, { ofType: GraphQLOutputType }> | GraphQLOutputType,
  below: readonly SelectionSetNode[],
): ValuePlan['content'] {
  if (isNonNullType(type)) throw new Error('a type is never non-null twice');
  if (isListType(type)) return { kind: 'list', element: valuePlan(ground, type.ofType, below) };
  if (isLeafType(type)) return { kind: 'leaf', type, write: leafWriter(type) };
  if (!isAbstractType(type)) return objectPlan(ground, type, below);
  const plans = new Map<GraphQLObjectType, ObjectPlan>();
  return {
    kind: 'abstract',
    type,
    of: (runtimeType) => {
      const known = plans.get(runtimeType) ?? objectPlan(ground, runtimeType, below);
      plans.set(runtimeType, known);
      return known;
    },
  };
}
