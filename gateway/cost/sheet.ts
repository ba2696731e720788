import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind, parse, valueFromASTUntyped } from 'graphql';

/** What `@listSize` says of a field. */
export interface ListSize {
  readonly assumedSize: number | null;
  /** Arguments that say how many are wanted. */
  readonly slicingArguments: readonly string[];
  /** Fields of the answer that hold that many; none where the field is the list itself. */
  readonly sizedFields: readonly string[];
  readonly requiresOneSlicingArgument: boolean;
}

/** The weights of a supergraph, by schema coordinate: `Type`, `Type.field`, `Type.field(argument:)`. */
export interface CostSheet {
  readonly weights: ReadonlyMap<string, number>;
  readonly listSizes: ReadonlyMap<string, ListSize>;
}

/** Reads `@cost` and `@listSize` as they stand in a supergraph, under the names it imported them by. */
export function readCosts(supergraphSdl: string): CostSheet {
  const document = parse(supergraphSdl, { noLocation: true });
  const names = directiveNames(document);
  const weights = new Map<string, number>();
  const listSizes = new Map<string, ListSize>();
  const noteWeight = (coordinate: string, directives: readonly ConstDirectiveNode[] | undefined) => {
    const weight = Number(argumentsOf(directives, names.cost)?.['weight'] ?? Number.NaN);
    if (Number.isFinite(weight)) weights.set(coordinate, weight);
  };
  for (const type of document.definitions) {
    if (!('name' in type) || !type.name || !('directives' in type) || type.kind === Kind.OPERATION_DEFINITION || type.kind === Kind.FRAGMENT_DEFINITION)
      continue;
    noteWeight(type.name.value, type.directives);
    if (!('fields' in type)) continue;
    for (const field of type.fields ?? []) {
      const coordinate = `${type.name.value}.${field.name.value}`;
      noteWeight(coordinate, field.directives);
      if (field.kind !== Kind.FIELD_DEFINITION) continue;
      const listSize = argumentsOf(field.directives, names.listSize);
      if (listSize) listSizes.set(coordinate, listSizeOf(listSize));
      for (const argument of field.arguments ?? []) noteWeight(`${coordinate}(${argument.name.value}:)`, argument.directives);
    }
  }
  return { weights, listSizes };
}

function argumentsOf(directives: readonly ConstDirectiveNode[] | undefined, name: string): Readonly<Record<string, unknown>> | null {
  const directive = directives?.find((node) => node.name.value === name);
  return directive ? Object.fromEntries((directive.arguments ?? []).map((argument) => [argument.name.value, untyped(argument.value)])) : null;
}

const untyped = (value: ConstValueNode): unknown => valueFromASTUntyped(value);

function listSizeOf({ assumedSize, slicingArguments, sizedFields, requireOneSlicingArgument }: Readonly<Record<string, unknown>>): ListSize {
  return {
    assumedSize: typeof assumedSize === 'number' ? assumedSize : null,
    slicingArguments: texts(slicingArguments),
    sizedFields: texts(sizedFields),
    requiresOneSlicingArgument: requireOneSlicingArgument !== false,
  };
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : typeof value === 'string' ? [value] : [];

/** A supergraph may link the specification under another name, and import its directives under others still. */
function directiveNames(document: DocumentNode): { cost: string; listSize: string } {
  for (const node of document.definitions) {
    if (node.kind !== Kind.SCHEMA_DEFINITION && node.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const link of node.directives ?? []) {
      const { url, as, import: imported } = argumentsOf([link], 'link') ?? {};
      if (typeof url !== 'string' || !/\/cost\/v[\d.]+\/?$/.test(url)) continue;
      const namespace = typeof as === 'string' ? as : 'cost';
      const names = new Map(Array.isArray(imported) ? imported.flatMap(importOf) : []);
      return { cost: names.get('@cost') ?? namespace, listSize: names.get('@listSize') ?? `${namespace}__listSize` };
    }
  }
  return { cost: 'cost', listSize: 'listSize' };
}

function importOf(entry: unknown): [string, string][] {
  if (typeof entry === 'string') return [[entry, entry.slice(1)]];
  if (typeof entry !== 'object' || entry === null || !('name' in entry) || typeof entry.name !== 'string') return [];
  return [[entry.name, 'as' in entry && typeof entry.as === 'string' ? entry.as.slice(1) : entry.name.slice(1)]];
}
