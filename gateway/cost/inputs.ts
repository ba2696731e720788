import { type GraphQLInputType, getNamedType, getNullableType, isInputObjectType, isListType, Kind, type ValueNode } from 'graphql';
import type { CostSheet } from './sheet.ts';

/** The variables of one request, coerced: with defaults filled in. */
export type Variables = Readonly<Record<string, unknown>>;

/** What a value costs that goes into an argument. */
export interface InputCost {
  readonly ofValue: (value: unknown) => number;
  readonly ofLiteral: (node: ValueNode, variables: Variables) => number;
}

const NOTHING: InputCost = { ofValue: () => 0, ofLiteral: () => 0 };

/**
 * What values of input types cost: an input object one (or what its type says), in lists each, and besides what its
 * fields say. Plain values cost nothing unless the schema says so.
 */
export function inputCosts({ weights }: CostSheet): (type: GraphQLInputType, weight: number) => InputCost {
  const known = new Map<string, InputCost>();

  function ofNamedType(type: GraphQLInputType): InputCost {
    const named = getNamedType(type);
    const found = known.get(named.name);
    if (found) return found;
    const each = weights.get(named.name) ?? (isInputObjectType(named) ? 1 : 0);
    if (!isInputObjectType(named)) return remember(named.name, each === 0 ? NOTHING : { ofValue: () => each, ofLiteral: () => each });
    const fields = new Map<string, InputCost>();
    // Before its fields: an input type may hold itself.
    const cost: InputCost = {
      ofValue: (value) => (isObject(value) ? Object.entries(value).reduce((sum, [name, part]) => sum + (fields.get(name)?.ofValue(part) ?? 0), each) : 0),
      ofLiteral: (node, variables) =>
        node.kind === Kind.OBJECT ? node.fields.reduce((sum, field) => sum + (fields.get(field.name.value)?.ofLiteral(field.value, variables) ?? 0), each) : 0,
    };
    remember(named.name, cost);
    for (const field of Object.values(named.getFields())) {
      const ofField = weighted(field.type, weights.get(`${named.name}.${field.name}`) ?? 0);
      if (ofField !== NOTHING) fields.set(field.name, ofField);
    }
    return cost;
  }

  function remember(name: string, cost: InputCost): InputCost {
    known.set(name, cost);
    return cost;
  }

  /** Its own weight where anything is given, and what the value costs. */
  function weighted(type: GraphQLInputType, weight: number): InputCost {
    const inner = inLists(type, ofNamedType(type));
    if (weight === 0) return inner;
    return {
      ofValue: (value) => (value === undefined || value === null ? 0 : weight + inner.ofValue(value)),
      ofLiteral: (node, variables) => {
        if (node.kind === Kind.VARIABLE) {
          const value = variables[node.name.value];
          return value === undefined || value === null ? 0 : weight + inner.ofValue(value);
        }
        return node.kind === Kind.NULL ? 0 : weight + inner.ofLiteral(node, variables);
      },
    };
  }

  return weighted;
}

function inLists(type: GraphQLInputType, inner: InputCost): InputCost {
  if (inner === NOTHING) return NOTHING;
  const nullable = getNullableType(type);
  const ofItem = isListType(nullable) ? inLists(nullable.ofType, inner) : inner;
  return {
    ofValue: (value) => {
      if (value === undefined || value === null) return 0;
      return Array.isArray(value) ? value.reduce<number>((sum, item) => sum + ofItem.ofValue(item), 0) : ofItem.ofValue(value);
    },
    ofLiteral: (node, variables) => {
      if (node.kind === Kind.NULL) return 0;
      if (node.kind === Kind.LIST) return node.values.reduce((sum, item) => sum + ofItem.ofLiteral(item, variables), 0);
      if (node.kind !== Kind.VARIABLE) return ofItem.ofLiteral(node, variables);
      const value = variables[node.name.value];
      if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + ofItem.ofValue(item), 0);
      return value === undefined || value === null ? 0 : ofItem.ofValue(value);
    },
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
