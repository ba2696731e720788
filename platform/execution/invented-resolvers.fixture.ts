import {
  getNullableType,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { hash } from '../../gateway/execution/differential/invented-subgraph.ts';

/** Of 1,000 values. */
export interface Weather {
  readonly nulls: number;
  readonly errors: number;
  readonly promises: number;
}

interface Thing {
  readonly __typename: string;
  readonly seed: string;
}

/** Gives every field of a schema a resolver that makes its value up: from the object's seed, always the same. */
export function inventResolvers(schema: GraphQLSchema, weather: Weather): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('_')) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.name.startsWith('_')) field.resolve = invented(schema, type, field.type, weather);
    }
  }
}

function invented(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  fieldType: GraphQLOutputType,
  weather: Weather,
): GraphQLFieldResolver<Thing | undefined, unknown> {
  return (source, args, _context, { fieldName, parentType }) => {
    if (parentType !== type) throw new Error('a resolver was told of another type');
    const seed = `${source?.seed ?? type.name}.${fieldName}(${JSON.stringify(args)})`;
    if (hash(`throws ${seed}`) % 1000 < weather.errors) throw new Error(`${seed} throws`);
    return value(schema, fieldType, seed, weather);
  };
}

function value(schema: GraphQLSchema, type: GraphQLOutputType, seed: string, weather: Weather): unknown {
  const made = settled(schema, type, seed, weather);
  if (hash(`waits ${seed}`) % 1000 >= weather.promises) return made;
  const ticks = hash(`ticks ${seed}`) % 4;
  return (async () => {
    for (let tick = 0; tick < ticks; tick++) await undefined;
    if (made instanceof Error) throw made;
    return made;
  })();
}

function settled(schema: GraphQLSchema, type: GraphQLOutputType, seed: string, weather: Weather): unknown {
  const luck = hash(`luck ${seed}`) % 1000;
  if (luck < weather.errors) return new Error(`${seed} fails`);
  if (luck < weather.errors + (isNonNullType(type) ? weather.errors : weather.nulls)) return luck % 2 ? null : undefined;
  const nullable = getNullableType(type);
  const pick = hash(seed);
  if (isListType(nullable)) {
    const elements = Array.from({ length: pick % 4 }, (_, index) => value(schema, nullable.ofType, `${seed}[${index}]`, weather));
    return pick % 5 === 0 ? elements.values() : elements;
  }
  if (isEnumType(nullable)) return nullable.getValues()[pick % nullable.getValues().length]?.value;
  if (isLeafType(nullable)) return leaf(nullable.name, pick);
  const possible = isAbstractType(nullable) ? schema.getPossibleTypes(nullable) : [nullable];
  const concrete = possible[pick % possible.length];
  return { __typename: pick % 97 === 0 && isAbstractType(nullable) ? 'Nothing' : (concrete?.name ?? ''), seed } satisfies Thing;
}

/** Now and then what is no value of the scalar. */
function leaf(scalar: string, pick: number): unknown {
  if (pick % 89 === 0) return { not: 'a leaf' };
  if (scalar === 'Int' || scalar === 'MinorUnits') return pick % 1_000;
  if (scalar === 'Float') return (pick % 4) / 2;
  if (scalar === 'Boolean') return pick % 2 === 0;
  if (scalar === 'DateTime') return new Date(pick);
  return pick % 7 === 0 ? pick % 20 : `${scalar.toLowerCase()}-${pick % 20}`;
}
