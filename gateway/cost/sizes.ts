import { type ArgumentNode, type FieldNode, GraphQLError, type GraphQLField, type GraphQLOutputType, getNullableType, isListType, Kind } from 'graphql';
import type { Variables } from './inputs.ts';
import type { ListSize } from './sheet.ts';

/** How many a list holds at most: known when the operation is compiled, or once its variables are. */
export interface Size {
  readonly constant: number | null;
  /** Throws a refusal where more are asked for than a page may have. */
  of(variables: Variables): number;
  /** Equal for sizes that are always equal. */
  readonly name: string;
}

export const constantSize = (count: number): Size => ({ constant: count, of: () => count, name: String(count) });

export const ONE: Size = constantSize(1);

export function listDepth(type: GraphQLOutputType): number {
  const nullable = getNullableType(type);
  return isListType(nullable) ? 1 + listDepth(nullable.ofType) : 0;
}

/** What one field of an operation says of the size of its lists, by `@listSize`. */
export function expectedSize(listSize: ListSize, field: FieldNode, definition: GraphQLField<unknown, unknown>, coordinate: string, pageSize: number): Size {
  const { slicingArguments, assumedSize, requiresOneSlicingArgument } = listSize;
  const given = (field.arguments ?? []).filter(({ name, value }) => slicingArguments.includes(name.value) && value.kind !== Kind.NULL);
  const defaults = definition.args.flatMap(({ name, defaultValue }) => (slicingArguments.includes(name) ? (countOf(defaultValue) ?? []) : []));
  if (requiresOneSlicingArgument && slicingArguments.length > 0 && (given.length > 1 || given.length + defaults.length === 0)) {
    const wanted = slicingArguments.map((name) => `"${name}"`).join(', ');
    throw new GraphQLError(
      `${coordinate} takes exactly one of ${wanted}; ${given.length === 0 ? 'none is' : `${given.map(({ name }) => `"${name.value}"`).join(' and ')} are`} given.`,
      {
        nodes: field,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    );
  }
  const unsaid = Math.min(pageSize, defaults.length > 0 ? Math.max(...defaults) : (assumedSize ?? pageSize));
  return given.length === 0 ? constantSize(unsaid) : largestOf(given.map((argument) => sizeOf(argument, unsaid, field, coordinate, pageSize)));
}

function sizeOf({ name, value }: ArgumentNode, unsaid: number, field: FieldNode, coordinate: string, pageSize: number): Size {
  const checked = (count: number): number => {
    if (count <= pageSize) return count;
    throw new GraphQLError(`"${name.value}" of ${coordinate} may be at most ${pageSize}; this operation asks for ${count}.`, {
      nodes: field,
      extensions: { code: 'BAD_USER_INPUT', exceeded: 'pageSize', limit: pageSize, asked: count },
    });
  };
  if (value.kind === Kind.VARIABLE) {
    const variable = value.name.value;
    return { constant: null, of: (variables) => checked(countOf(variables[variable]) ?? unsaid), name: `$${variable}|${unsaid}` };
  }
  return constantSize(checked(value.kind === Kind.INT ? Math.max(0, Number(value.value)) : value.kind === Kind.LIST ? value.values.length : unsaid));
}

const countOf = (value: unknown): number | null => (typeof value === 'number' ? Math.max(0, value) : Array.isArray(value) ? value.length : null);

function largestOf(sizes: readonly Size[]): Size {
  const [only] = sizes;
  if (sizes.length === 1 && only) return only;
  const isConstant = sizes.every(({ constant }) => constant !== null);
  const of = (variables: Variables) => Math.max(...sizes.map((size) => size.of(variables)));
  return isConstant ? constantSize(of({})) : { constant: null, of, name: sizes.map(({ name }) => name).join('^') };
}
