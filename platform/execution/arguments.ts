import { type FieldNode, type GraphQLField, getArgumentValues, Kind, type ValueNode } from 'graphql';

export type Arguments = Readonly<Record<string, unknown>>;

/** What was coerced for the variables of one execution already. */
export type KeptArguments = Map<FieldNode, Arguments>;

/** The arguments of a field in one execution; throws what is wrong with them. */
export type ArgumentsOf = (variables: Arguments, kept: KeptArguments) => Arguments;

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
  return (variables, kept) => {
    const known = kept.get(node);
    if (known) return known;
    const values = getArgumentValues(definition, node, variables);
    kept.set(node, values);
    return values;
  };
}

/** Neither hangs on variables nor can be changed by whoever is given it. */
const isPlainLiteral = (value: ValueNode): boolean => value.kind !== Kind.VARIABLE && value.kind !== Kind.LIST && value.kind !== Kind.OBJECT;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
