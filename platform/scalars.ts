import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

interface Definition {
  readonly name: string;
  /** What a right value looks like; told to whoever sends a wrong one. */
  readonly right: string;
  /** The internal value, or undefined when the input is wrong. */
  readonly parse: (input: unknown) => unknown;
  readonly serialize?: (value: unknown) => unknown;
}

const matching =
  (pattern: RegExp, max = 320) =>
  (input: unknown) =>
    typeof input === 'string' && input.length <= max && pattern.test(input) ? input : undefined;

function instant(input: unknown): Date | undefined {
  if (typeof input !== 'string' || !/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(input)) return undefined;
  const date = new Date(input);
  // The runtime takes 30 February for 2 March.
  return Number.isNaN(date.getTime()) || calendarDate(input.slice(0, 10)) === undefined ? undefined : date;
}

function calendarDate(input: unknown): string | undefined {
  if (typeof input !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(input)) return undefined;
  const date = new Date(`${input}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(input) ? input : undefined;
}

/** The names a runtime list knows, tried once each. */
function known(isKnown: (name: string) => boolean) {
  const seen = new Map<string, boolean>();
  return (input: unknown) => {
    if (typeof input !== 'string' || input.length > 64) return undefined;
    let verdict = seen.get(input);
    if (verdict === undefined) {
      verdict = isKnown(input);
      if (seen.size < 1_000) seen.set(input, verdict);
    }
    return verdict ? input : undefined;
  };
}

const currencies = new Set(Intl.supportedValuesOf('currency'));
export const isCurrency = (code: string): boolean => currencies.has(code);
const regionNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** Regions that have a name though no country bears the code: unions, reserved codes, codes for private use save Kosovo's. */
const NO_COUNTRIES = new Set('AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ'.split(' '));

/** A code that was withdrawn (`YU`), or stands for another (`UK`), is not its own canonical form. */
export const isCountry = (code: string): boolean =>
  /^[A-Z]{2}$/.test(code) && regionNames.of(code) !== undefined && !NO_COUNTRIES.has(code) && new Intl.Locale(`und-${code}`).region === code;

const isTimeZone = (name: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
};

const isLocale = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
};

function webAddress(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > 2_000 || !URL.canParse(input)) return undefined;
  const { protocol, hostname } = new URL(input);
  const onLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return protocol === 'https:' || (protocol === 'http:' && onLoopback) ? input : undefined;
}

const DEFINITIONS: readonly Definition[] = [
  {
    name: 'DateTime',
    right: 'an RFC 3339 instant with an offset, e.g. 2026-01-31T09:30:00Z',
    parse: instant,
    serialize: (value) => (value instanceof Date ? value : new Date(String(value))).toISOString(),
  },
  { name: 'Date', right: 'a calendar date, e.g. 2026-01-31', parse: calendarDate },
  { name: 'TimeZone', right: 'an IANA time zone, e.g. Asia/Shanghai', parse: known(isTimeZone) },
  {
    name: 'MinorUnits',
    right: "a whole number of the currency's minor unit within ±(2^53-1), as a JSON number",
    parse: (input) => (typeof input === 'number' && Number.isSafeInteger(input) ? input : undefined),
  },
  { name: 'CurrencyCode', right: 'an ISO 4217 code, e.g. CNY', parse: known(isCurrency) },
  { name: 'CountryCode', right: 'an ISO 3166-1 alpha-2 code, e.g. CN', parse: known(isCountry) },
  { name: 'LocaleCode', right: 'a BCP 47 language tag, e.g. zh-CN', parse: known(isLocale) },
  {
    name: 'EmailAddress',
    right: 'an e-mail address, e.g. name@example.com',
    parse: matching(/^[^\s@"(),:;<>[\\\]]{1,64}@(?=.{1,255}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/i),
  },
  { name: 'PhoneNumber', right: 'an E.164 number, e.g. +8613800138000', parse: matching(/^\+[1-9]\d{6,14}$/) },
  { name: 'URL', right: 'an absolute https URL (http on loopback only)', parse: webAddress, serialize: String },
  { name: 'IdempotencyKey', right: '16 to 128 characters of A-Z a-z 0-9 _ -', parse: matching(/^[A-Za-z0-9_-]{16,128}$/) },
];

function scalarOf({ name, right, parse, serialize }: Definition): GraphQLScalarType {
  const parsed = (input: unknown, nodes: ValueNode | null) => {
    const value = parse(input);
    if (value === undefined) throw new GraphQLError(`${name} must be ${right}.`, { nodes, extensions: { code: 'BAD_USER_INPUT' } });
    return value;
  };
  return new GraphQLScalarType({
    name,
    serialize: serialize ?? ((value) => value),
    parseValue: (input) => parsed(input, null),
    parseLiteral: (node: ValueNode) => parsed(literalOf(node), node),
  });
}

/** None of the scalars is a fraction, so `1.0` and `1e3` are no way to write one. */
function literalOf(node: ValueNode): unknown {
  if (node.kind === Kind.STRING) return node.value;
  return node.kind === Kind.INT ? Number(node.value) : undefined;
}

/** Resolvers of the scalars that `core.graphql` declares. */
export const scalars: Readonly<Record<string, GraphQLScalarType>> = Object.fromEntries(
  DEFINITIONS.map((definition) => [definition.name, scalarOf(definition)]),
);
