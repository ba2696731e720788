import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  getNamedType,
  getNullableType,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
} from 'graphql';
import { type Asking, fieldSet, requiredOf } from './required.ts';
import { type Ask, askOf } from './subgraph.ts';

export interface Chances {
  /** Of 1,000 nullable values, lists and references. */
  readonly nulls: number;
  readonly errors: number;
  /** Of 1,000 entities, for each subgraph by itself. */
  readonly dead: number;
}

/** An object that a subgraph made up. Everything about it follows from its seed, in whichever subgraph it is asked. */
export interface Thing {
  readonly __typename: string;
  readonly seed: string;
  readonly number: number;
  /** What the gateway told of it in a representation. */
  readonly given: Readonly<Record<string, unknown>>;
  /** What the subgraph itself knows of it, though it is another's. */
  readonly provided?: Readonly<Record<string, unknown>>;
}

const ENTITIES_OF_A_TYPE = 7;

/** A real subgraph schema whose resolvers make up values, nulls and errors, always the same. */
export function inventedSubgraph(name: string, sdl: string, chances: Chances): Ask {
  const schema = inventedSchema(sdl, chances);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('_') || (!isObjectType(type) && !isInterfaceType(type))) continue;
    const resolveReference = (given: Record<string, unknown>) => entityOf(schema, name, type.name, given, chances);
    type.extensions = { ...type.extensions, apollo: { subgraph: { resolveReference } } };
  }
  return askOf(schema);
}

/** Its fields alone, which answer any invented object. */
export function inventedSchema(sdl: string, chances: Chances): GraphQLSchema {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: {} }]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!type.name.startsWith('_') && isObjectType(type)) for (const field of Object.values(type.getFields())) inventField(schema, type, field, chances);
  }
  return schema;
}

export const isThing = (value: unknown): value is Thing => typeof value === 'object' && value !== null && '__typename' in value && 'seed' in value;

/** The argument `fields`, `from`, … of a field's directive. */
export function directiveArgument(field: GraphQLField<unknown, unknown>, directive: string, argument: string): string | null {
  const applied = field.astNode?.directives?.find(({ name }) => name.value === directive);
  const value = applied?.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === 'StringValue' ? value.value : null;
}

function inventField(schema: GraphQLSchema, type: GraphQLObjectType, field: GraphQLField<Thing, unknown>, chances: Chances): void {
  if (field.name.startsWith('_')) return;
  const named = getNamedType(field.type);
  const isKey = keyFields(type).has(field.name) && !isListType(getNullableType(field.type));
  const required = directiveArgument(field as GraphQLField<unknown, unknown>, 'requires', 'fields');
  const selection = required === null ? null : fieldSet(required);
  const provides = directiveArgument(field as GraphQLField<unknown, unknown>, 'provides', 'fields');
  const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
  field.resolve = (source: Thing | undefined, args) => {
    // A root type in the middle of an answer is the root all the same.
    const {
      seed,
      given,
      number,
      provided: known,
    }: Thing = (isRoot ? null : source) ?? ({ __typename: type.name, seed: type.name, number: 0, given: {} } satisfies Thing);
    if (field.name in given) return wrapped(schema, named.name, given[field.name], `${seed}.${field.name}`);
    if (isKey && isLeafType(named)) return named.name === 'Int' ? number : `${field.name}-${number}`;
    if (isKey)
      return {
        __typename: named.name,
        seed: isObjectType(named) && isEntity(named) ? `${named.name}:${number}` : `${seed}.${field.name}`,
        number,
        given: {},
      } satisfies Thing;
    const own = `${seed}.${field.name}(${JSON.stringify(args)})`;
    if (!selection) return provided(schema, invent(schema, field.type, own, chances), provides);
    const basis = JSON.stringify(requiredOf({ ...known, ...given }, selection, givenThings(schema)));
    return named.name === 'String' ? `${field.name}${JSON.stringify(args)} by ${basis}` : invent(schema, field.type, `${own} by ${basis}`, chances);
  };
}

/** What a subgraph provides of an object it knows of it, also for a field that requires it. */
function provided(schema: GraphQLSchema, value: unknown, provides: string | null): unknown {
  if (provides === null) return value;
  if (Array.isArray(value)) return value.map((element) => provided(schema, element, provides));
  if (!isThing(value)) return value;
  const asking: Asking = {
    field: (source, { name }) => {
      const type = isThing(source) ? schema.getType(source.__typename) : undefined;
      return isObjectType(type) ? type.getFields()[name.value]?.resolve?.(source, {}, {}, {} as never) : undefined;
    },
    isOf: (source, condition) => givenThings(schema).isOf(source, condition),
  };
  return { ...value, provided: requiredOf(value, fieldSet(provides), asking) };
}

const givenThings = (schema: GraphQLSchema): Asking => ({
  field: (source, { name }) => (source as Record<string, unknown>)[name.value],
  isOf: (source, condition) => {
    const typename = (source as Record<string, unknown>)['__typename'];
    const [abstract, type] = [schema.getType(condition), schema.getType(String(typename))];
    return typename === condition || (isAbstractType(abstract) && isObjectType(type) && schema.isSubType(abstract, type));
  },
});

/** Values given from outside, as things where they are objects, so that their fields resolve as all others do. */
function wrapped(schema: GraphQLSchema, typename: string, value: unknown, seed: string): unknown {
  if (Array.isArray(value)) return value.map((element, index) => wrapped(schema, typename, element, `${seed}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  const number = numberIn(Object.values(value));
  const type = schema.getType(typename);
  const isKnown = isObjectType(type) && [...keyFields(type)].some((key) => key in value);
  return { __typename: typename, seed: isKnown ? `${typename}:${number}` : seed, number, given: value };
}

function invent(schema: GraphQLSchema, type: GraphQLOutputType, seed: string, chances: Chances): unknown {
  const luck = hash(`luck ${seed}`) % 1000;
  if (luck < chances.errors) return new GraphQLError(`${seed} fails`, luck % 2 ? { extensions: { code: 'ODD', luck } } : {});
  if (!isNonNullType(type) && luck < chances.errors + chances.nulls) return null;
  const nullable = getNullableType(type);
  const pick = hash(seed);
  if (isListType(nullable)) return Array.from({ length: pick % 4 }, (_, index) => invent(schema, nullable.ofType, `${seed}[${index}]`, chances));
  if (isEnumType(nullable)) return nullable.getValues()[pick % nullable.getValues().length]?.name;
  if (isLeafType(nullable)) return inventLeaf(nullable.name, pick);
  const number = pick % ENTITIES_OF_A_TYPE;
  const possible = isAbstractType(nullable) ? schema.getPossibleTypes(nullable) : [nullable as GraphQLObjectType];
  const concrete = possible[number % possible.length] as GraphQLObjectType;
  return { __typename: concrete.name, seed: isEntity(concrete) ? `${concrete.name}:${number}` : seed, number, given: {} } satisfies Thing;
}

function inventLeaf(scalar: string, pick: number): unknown {
  if (scalar === 'Int') return pick % 4;
  if (scalar === 'Float') return (pick % 4) / 2;
  if (scalar === 'Boolean') return pick % 2 === 0;
  if (scalar === 'JSON') return { pick: pick % 3, list: [null, { nested: pick % 5 }] };
  return pick % 5 === 0 ? '' : `${scalar.toLowerCase()}-${pick % 20}`;
}

function entityOf(
  schema: GraphQLSchema,
  subgraph: string,
  typename: string,
  given: Record<string, unknown>,
  { dead, errors }: Chances,
): Thing | null | Promise<never> {
  const type = schema.getType(typename);
  const number = numberIn([...keyFields(type)].map((key) => given[key]));
  const possible = isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
  const concrete = possible[number % possible.length]?.name ?? typename;
  const luck = hash(`${subgraph} ${typename} ${number}`) % 1000;
  if (luck < dead) return null;
  if (luck < dead + errors) return failing(new GraphQLError(`${typename} ${number} fails in ${subgraph}`), luck);
  const { __typename: _typename, ...told } = given;
  return { __typename: concrete, seed: `${concrete}:${number}`, number, given: told };
}

/** Rejected, the error is one entity's; thrown at once, it is the whole list's. */
function failing(error: GraphQLError, luck: number): Promise<never> {
  if (luck % 4 === 0) throw error;
  return Promise.reject(error);
}

const isEntity = (type: GraphQLObjectType): boolean => keyFields(type).size > 0;

/** The first fields of a type's keys. */
function keyFields(type: unknown): Set<string> {
  const directives =
    isObjectType(type) || isInterfaceType(type)
      ? [type, ...type.extensionASTNodes.map((astNode) => ({ astNode }))].flatMap(({ astNode }) => astNode?.directives ?? [])
      : [];
  const keys = directives
    .filter(({ name }) => name.value === 'key')
    .flatMap(({ arguments: given }) => given?.filter(({ name }) => name.value === 'fields') ?? []);
  return new Set(
    keys.flatMap(({ value }) =>
      value.kind === 'StringValue'
        ? value.value
            .replace(/\{[^{}]*\}/g, '')
            .split(/\s+/)
            .filter(Boolean)
        : [],
    ),
  );
}

const numberIn = (values: readonly unknown[]): number => Number(/\d+/.exec(JSON.stringify(values.filter((value) => value !== undefined)))?.[0] ?? 0);

export function hash(text: string): number {
  let value = 2166136261;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  value ^= value >>> 15;
  return Math.imul(value, 2246822507) >>> 1;
}
