import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

interface Manner {
  /** Whether aliases may be names of fields: in the way of what a plan fetches for itself. */
  readonly hasOddAliases: boolean;
}

/** Writes operations that use what a schema offers: not always valid ones, since selections may conflict. */
export function randomOperation(schema: GraphQLSchema, random: Random, { hasOddAliases }: Manner = { hasOddAliases: true }): RandomOperation {
  const definitions: string[] = [];
  const fragments: { name: string; on: string; text: string }[] = [];
  const variables: Record<string, unknown> = {};
  let counter = 0;
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'));
  const fieldNames = ['__typename', ...types.flatMap((type) => (isObjectType(type) ? Object.keys(type.getFields()) : []))];

  const below = (limit: number) => Math.floor(random() * limit);
  const chance = (share: number) => random() < share;
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;

  function literal(type: GraphQLInputType): string {
    const nullable = getNullableType(type);
    if (!isNonNullType(type) && chance(0.1)) return 'null';
    if (isListType(nullable)) return `[${Array.from({ length: below(3) }, () => literal(nullable.ofType)).join(', ')}]`;
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter((field) => isNonNullType(field.type) || chance(0.5));
      return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
    }
    if (isEnumType(nullable)) return pick(nullable.getValues()).name;
    return { Int: `${below(5)}`, Boolean: `${chance(0.5)}`, Float: '1.5' }[nullable.name] ?? `"${nullable.name.toLowerCase()}-${below(7)}"`;
  }

  function value(type: GraphQLInputType): unknown {
    const nullable = getNullableType(type);
    if (!isNonNullType(type) && chance(0.1)) return null;
    if (isListType(nullable)) return Array.from({ length: below(3) }, () => value(nullable.ofType));
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter((field) => isNonNullType(field.type) || chance(0.5));
      return Object.fromEntries(fields.map((field) => [field.name, value(field.type)]));
    }
    if (isEnumType(nullable)) return pick(nullable.getValues()).name;
    return { Int: below(5), Boolean: chance(0.5), Float: 1.5 }[nullable.name] ?? `${nullable.name.toLowerCase()}-${below(7)}`;
  }

  function variable(type: GraphQLInputType | string, given: unknown): string {
    const name = `v${counter++}`;
    definitions.push(`$${name}: ${String(type)}`);
    if (given !== undefined) variables[name] = given;
    return `$${name}`;
  }

  function argument(type: GraphQLInputType): string {
    if (chance(0.5)) return literal(type);
    const text = variable(type, chance(0.9) || isNonNullType(type) ? value(type) : undefined);
    if (!isNonNullType(type) && chance(0.3)) definitions.push(`${definitions.pop()} = ${literal(type)}`);
    return text;
  }

  function switched(): string {
    if (!chance(0.1)) return '';
    const name = pick(['skip', 'include']);
    if (chance(0.2)) return ` @${name}(if: ${chance(0.5)})`;
    const hasDefault = chance(0.3);
    const text = variable(hasDefault ? `Boolean! = ${chance(0.5)}` : 'Boolean!', hasDefault && chance(0.5) ? undefined : chance(0.5));
    return ` @${name}(if: ${text})`;
  }

  function field({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): string {
    const given = args.filter((argument) => (isNonNullType(argument.type) ? argument.defaultValue === undefined || chance(0.5) : chance(0.5)));
    const alias = (given.length > 0 ? chance(0.7) : chance(0.2)) ? `${hasOddAliases && chance(0.15) ? pick(fieldNames) : `f${counter++}`}: ` : '';
    const list = given.length > 0 ? `(${given.map((one) => `${one.name}: ${argument(one.type)}`).join(', ')})` : '';
    const named = getNamedType(type);
    return `${alias}${name}${list}${switched()}${isCompositeType(named) ? ` ${selections(named, depth - 1)}` : ''}`;
  }

  function fragment(type: GraphQLNamedType, depth: number): string {
    const on = pick(conditions(type));
    if (chance(0.7)) return `...${chance(0.9) ? ` on ${on.name}` : ''}${switched()} ${selections(chance(0.9) ? on : type, depth)}`;
    const reusable = fragments.filter((one) => one.on === on.name && one.text !== '');
    if (reusable.length > 0 && chance(0.6)) return `...${pick(reusable).name}${switched()}`;
    const made = { name: `F${counter++}`, on: on.name, text: '' };
    fragments.push(made);
    made.text = selections(on, Math.min(depth, 2));
    return `...${made.name}${switched()}`;
  }

  function conditions(type: GraphQLNamedType): readonly GraphQLNamedType[] {
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
    return [...possible, ...possible, ...interfaces, type];
  }

  function selections(type: GraphQLNamedType, depth: number): string {
    const fields = isUnionType(type) || !isCompositeType(type) ? [] : Object.values(type.getFields());
    const usable = depth > 0 ? fields : fields.filter((one) => !isCompositeType(getNamedType(one.type)));
    const chosen = Array.from({ length: 1 + below(4) }, () => {
      if (usable.length > 0 && !chance(isAbstractType(type) ? 0.4 : 0.12)) return field(pick(usable), depth);
      if (depth > 0 && chance(0.85)) return fragment(type, depth - 1);
      return chance(0.5) ? '__typename' : `t${counter++}: __typename`;
    });
    return `{ ${chosen.join(' ')} }`;
  }

  const mutation = schema.getMutationType();
  const root = mutation && chance(0.4) ? mutation : schema.getQueryType();
  if (!root) throw new Error('the schema has no query type');
  const body = selections(root, 4);
  const head = `${root === mutation ? 'mutation' : 'query'} Random${definitions.length > 0 ? `(${definitions.join(', ')})` : ''}`;
  return { query: [`${head} ${body}`, ...fragments.map(({ name, on, text }) => `fragment ${name} on ${on} ${text}`)].join('\n'), variables };
}
