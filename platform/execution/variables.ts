import { type GraphQLError, type GraphQLSchema, getVariableValues, Kind, type OperationDefinitionNode, type TypeNode } from 'graphql';
import type { Arguments } from './arguments.ts';

const MOST_ERRORS = 50;

/** Coerces the variables of an operation. Those that are plainly what is asked for are taken as they are. */
export type CoerceVariables = (given: Arguments) => { readonly coerced: Arguments } | { readonly errors: readonly GraphQLError[] };

type Fits = (value: unknown) => boolean;

export function variableCoercion(schema: GraphQLSchema, { variableDefinitions: definitions = [] }: OperationDefinitionNode): CoerceVariables {
  const checks = definitions.map(({ variable, type }): readonly [string, Fits] => [variable.name.value, fitFor(type)]);
  return (given) => {
    const coerced: Record<string, unknown> = {};
    for (const [name, fits] of checks) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (!fits(value)) return coercedByTheBook(schema, definitions, given);
      coerced[name] = value;
    }
    return { coerced };
  };
}

function coercedByTheBook(
  schema: GraphQLSchema,
  definitions: NonNullable<OperationDefinitionNode['variableDefinitions']>,
  given: Arguments,
): ReturnType<CoerceVariables> {
  const { coerced, errors } = getVariableValues(schema, definitions, given, { maxErrors: MOST_ERRORS });
  return errors ? { errors } : { coerced };
}

const isText: Fits = (value) => typeof value === 'string';

/** What needs no coercing. `_Any` is whatever the gateway represents an object by. */
const AS_THEY_ARE: Readonly<Record<string, Fits>> = {
  String: isText,
  ID: isText,
  Boolean: (value) => typeof value === 'boolean',
  _Any: (value) => typeof value === 'object' && value !== null,
};

const never: Fits = () => false;

function fitFor(type: TypeNode): Fits {
  if (type.kind === Kind.NON_NULL_TYPE) return fitFor(type.type);
  if (type.kind === Kind.NAMED_TYPE) return AS_THEY_ARE[type.name.value] ?? never;
  const element = fitFor(type.type);
  return (value) => Array.isArray(value) && value.every(element);
}
