import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Random } from './random.ts';

const LONG = 'x'.repeat(3_000);
const ODD_TEXTS = [
  '',
  ' ',
  LONG,
  '\u0000',
  'a\u0000b',
  '$ne',
  '$where',
  'a.b.c',
  '__proto__',
  'constructor',
  '\ud800',
  '\u202eabc',
  '<b>&"\'',
  '{"$gt":""}',
  '(((',
  '*+?[',
  '\\',
  '%',
  '💥',
  '-1',
  'NaN',
];
const ODD_IDS = ['', 'x', '💥', '$ne', 'a.b', '\u0000', '__proto__', 'prod_', 'user_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'order_01ARZ3NDEKTSV4RRFFQ69G5FAV', LONG];

/** Values of each scalar that its own check lets pass: what a client would send, and what lies at and beyond the edges of sense. */
const SCALARS: Readonly<Record<string, { usual: readonly unknown[]; odd: readonly unknown[] }>> = {
  String: { usual: ['tea', '茶', 'Green tea', 'tea-1'], odd: ODD_TEXTS },
  Int: { usual: [1, 2, 5], odd: [0, -1, 6, 99, 100, 101, 100_001, 2 ** 31 - 1, -(2 ** 31)] },
  Float: { usual: [31.2, 121.4], odd: [0, -1, 90.1, 180, -1e308, 1e308, 5e-324] },
  Boolean: { usual: [true, false], odd: [true, false] },
  MinorUnits: { usual: [1, 100, 1990], odd: [0, -1, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1)] },
  CurrencyCode: { usual: ['CNY'], odd: ['USD', 'JPY', 'KWD', 'XAU'] },
  CountryCode: { usual: ['CN'], odd: ['US', 'AQ'] },
  LocaleCode: { usual: ['en', 'zh-CN'], odd: ['x-private', 'tlh', 'zh-Hant-u-co-stroke'] },
  TimeZone: { usual: ['Asia/Shanghai'], odd: ['UTC', 'America/St_Johns', '+08:00'] },
  DateTime: { usual: ['2026-01-31T09:30:00Z'], odd: ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00+14:00'] },
  Date: { usual: ['2026-01-31'], odd: ['0000-01-01', '9999-12-31'] },
  EmailAddress: { usual: ['somebody@example.test'], odd: ['UPPER.case+tag@EXAMPLE.test'] },
  PhoneNumber: { usual: ['+8613800138000'], odd: ['+10000000'] },
  URL: { usual: ['https://example.test/'], odd: ['http://127.0.0.1:1/x', 'https://user:secret@example.test/?a=%00'] },
};

/** What two usual values side by side would not make. */
const USUAL_INPUTS: Readonly<Record<string, object>> = { DateTimeRangeInput: { from: '2026-01-01T00:00:00Z', to: '2026-01-31T09:30:00Z' } };

/** What no scalar and no input takes. */
const WRONG: readonly unknown[] = [
  null,
  true,
  1.5,
  2 ** 53,
  1e300,
  '1e3',
  LONG,
  [],
  [[]],
  {},
  { $ne: 1 },
  { constructor: { prototype: {} } },
  JSON.parse('{"__proto__":{"admin":true}}'),
];

export interface Garbage {
  readonly random: Random;
  /** Ids that exist, by a word of the argument or field that asks for one: some questions must get past "not found". */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** How often a value is an odd one of its kind, and how often of the wrong kind. */
  readonly odd: number;
  readonly wrong: number;
}

/** `name` is what asks: the root field's, then the argument's. */
export function valueFor(type: GraphQLInputType, name: string, garbage: Garbage): unknown {
  const { random, odd, wrong } = garbage;
  if (random.chance(wrong)) return random.pick(WRONG);
  if (isNonNullType(type)) return valueFor(type.ofType, name, { ...garbage, wrong: 0 });
  if (isListType(type)) return Array.from({ length: random.chance(odd) ? random.pick([0, 2, 2, 120]) : 1 }, () => valueFor(type.ofType, name, garbage));
  if (isInputObjectType(type)) {
    const known = USUAL_INPUTS[type.name];
    if (known && !random.chance(odd)) return known;
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || random.chance(0.5));
    return Object.fromEntries(
      fields.map((field) => [
        field.name,
        !isNonNullType(field.type) && random.chance(odd) ? null : valueFor(field.type, field.name === 'id' ? name : field.name, garbage),
      ]),
    );
  }
  if (isEnumType(type)) return random.pick(type.getValues()).name;
  if (type.name === 'ID') return idFor(name, garbage);
  if (type.name === 'IdempotencyKey')
    return random.chance(odd) ? 'the-same-key-each-time' : `key-${Array.from({ length: 16 }, () => random.pick([...'0123456789abcdef'])).join('')}`;
  const { usual, odd: oddOnes } = SCALARS[type.name] ?? { usual: ODD_TEXTS, odd: ODD_TEXTS };
  return random.pick(random.chance(odd) ? oddOnes : usual);
}

function idFor(name: string, { random, ids, odd }: Garbage): string {
  if (random.chance(odd / 2)) return random.pick(ODD_IDS);
  const all = Object.values(ids).flat();
  const fitting = Object.entries(ids).flatMap(([word, known]) => (name.toLowerCase().includes(word) ? known : []));
  return random.pick(fitting.length > 0 && !random.chance(odd) ? fitting : all);
}

/** What is asked of an answer: its leaves, what is one level below, and every user error. */
export function selectionFor(output: GraphQLOutputType, depth = 3): string {
  const type = getNamedType(output);
  if (isLeafType(type)) return '';
  if (!isObjectType(type)) return '{ __typename }';
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (field.name === 'userErrors') return ['userErrors { __typename code message path }'];
    if (field.args.some((argument) => isNonNullType(argument.type) && argument.defaultValue === undefined)) return [];
    if (isLeafType(getNamedType(field.type))) return [field.name];
    return depth > 1 && !field.type.toString().includes('Connection') ? [`${field.name} ${selectionFor(field.type, depth - 1)}`] : [];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

/** One root field as an operation, with a variable for each argument. */
export function operationFor(root: GraphQLObjectType, name: string, depth = 3): string {
  const field = root.getFields()[name];
  if (!field) throw new Error(`there is no ${root.name}.${name}`);
  const { declared, passed } = argumentsOf(field);
  return `${root.name.toLowerCase()} ${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${selectionFor(field.type, depth)} }`;
}

/** A variable for each argument: how they are declared, and how they are passed on. */
export const argumentsOf = ({ args }: GraphQLField<unknown, unknown>) => ({
  declared: args.map((argument) => `$${argument.name}: ${argument.type}`).join(', '),
  passed: args.map((argument) => `${argument.name}: $${argument.name}`).join(', '),
});

/** Arguments for one call; those that may be left out mostly are. */
export function variablesFor(root: GraphQLObjectType, name: string, garbage: Garbage): Record<string, unknown> {
  const given = (root.getFields()[name]?.args ?? []).filter((argument) => isNonNullType(argument.type) || garbage.random.chance(garbage.odd));
  return Object.fromEntries(
    given.map((argument) => [argument.name, valueFor(argument.type, argument.name === 'id' || argument.name === 'input' ? name : argument.name, garbage)]),
  );
}
