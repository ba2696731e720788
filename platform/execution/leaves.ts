import { type GraphQLLeafType, isSpecifiedScalarType } from 'graphql';

export type WriteLeaf = (value: unknown) => unknown;

const MAX_INT = 2_147_483_647;

/** Values that stand in the answer as they are. */
const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Float: (value) => typeof value === 'number' && Number.isFinite(value),
  Int: (value) => typeof value === 'number' && Number.isInteger(value) && value <= MAX_INT && value >= -MAX_INT - 1,
};

/** Writes a value of the type as the answer has it; throws for what is none. */
export function leafWriter(type: GraphQLLeafType): WriteLeaf {
  const isPlain = isSpecifiedScalarType(type) ? PLAIN[type.name] : undefined;
  const write: WriteLeaf = (value) => {
    const written = type.serialize(value);
    if (written === undefined || written === null) throw new Error(`A value of the type ${type.name} was written as ${String(written)}.`);
    return written;
  };
  return isPlain ? (value) => (isPlain(value) ? value : write(value)) : write;
}
