import { type FieldNode, type GraphQLField, getArgumentValues, Kind, type ValueNode } from 'graphql';

export type Arguments = Readonly<Record<string, unknown>>;

/** The arguments of a field in one execution; throws what is wrong with them. */
export type ArgumentsOf = (variables: Arguments) => Arguments;

const NONE: Arguments = Object.freeze({});

/**
 * Coercing arguments costs more than most resolvers do, and a field of a list's elements has the same ones for each. What
 * hangs on no variable is coerced once for all; what does, once for the variables of an execution.
 */
export function argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): ArgumentsOf {
  if (definition.args.length === 0) return () => NONE;
  const given = node.arguments ?? [];
  if (given.every(({ value }) => isPlainLiteral(value)) && definition.args.every(({ defaultValue }) => !isObject(defaultValue))) {
    let constant: Arguments | null = null;
    return () => (constant ??= Object.freeze(getArgumentValues(definition, node)));
  }
  const known = new WeakMap<Arguments, Arguments>();
  return (variables) => {
    const kept = known.get(variables);
    if (kept) return kept;
    const values = getArgumentValues(definition, node, variables);
    known.set(variables, values);
    return values;
  };
}

/** Neither hangs on variables nor can be changed by whoever is given it. */
const isPlainLiteral = (value: ValueNode): boolean => value.kind !== Kind.VARIABLE && value.kind !== Kind.LIST && value.kind !== Kind.OBJECT;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
