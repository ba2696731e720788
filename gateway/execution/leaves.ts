import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql';

type Check = (value: unknown) => boolean;

const isInteger: Check = (value) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 1e21;
const isString: Check = (value) => typeof value === 'string';

const CHECKS: Readonly<Record<string, Check>> = {
  Boolean: (value) => typeof value === 'boolean',
  Int: isInteger,
  Float: Number.isFinite,
  ID: (value) => isString(value) || isInteger(value),
  String: isString,
};

const anything: Check = (value) => value !== undefined && value !== null;

/** Whether a value may stand where the client expects this type. An enum value that clients must not see may not. */
export function leafCheck(type: GraphQLLeafType): Check {
  if (isEnumType(type)) {
    const names = new Set<unknown>(type.getValues().map(({ name }) => name));
    return (value) => names.has(value);
  }
  return isSpecifiedScalarType(type) ? (CHECKS[type.name] ?? anything) : anything;
}
