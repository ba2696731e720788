import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { type Answered, type Sent, send, sendRaw } from './wire.ts';

/** Something that nobody sends who means well, and how it must be refused. */
export interface Abuse {
  readonly name: string;
  readonly status: number;
  readonly code: RegExp;
  /** `salt` makes it one that was never seen before. */
  send(origin: string, salt: number): Promise<Answered>;
}

const USER_INPUT = /^BAD_USER_INPUT$/;
const INVALID = /^GRAPHQL_VALIDATION_FAILED$/;
const UNPARSED = /^GRAPHQL_PARSE_FAILED$/;

const many = (count: number, make: (index: number) => string): string => Array.from({ length: count }, (_, index) => make(index)).join(' ');
const body = (query: string, variables?: unknown): string => JSON.stringify({ query, ...(variables !== undefined && { variables }) });

const http = (name: string, status: number, code: RegExp, make: (salt: number) => Sent): Abuse => ({
  name,
  status,
  code,
  send: (origin, salt) => send(origin, make(salt)),
});

const operation = (name: string, code: RegExp, make: (salt: number) => string, variables?: unknown): Abuse =>
  http(name, 400, code, (salt) => ({ body: body(make(salt), variables) }));

const products = (salt: number, inner: string): string => `query S${salt} { products { nodes { ${inner} } } }`;
const nested = (levels: number, salt: number): string => `query S${salt} ${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;
const login = (index: number): string => `a${index}:userLogin(input:{login:"a${index}",password:"${index}"}){userErrors{code}}`;

const SHAPES: readonly Abuse[] = [
  operation('1,000 logins under aliases', USER_INPUT, (salt) => `mutation S${salt} { ${many(1_000, login)} }`),
  operation('20 logins under aliases', USER_INPUT, (salt) => `mutation S${salt} { ${many(20, login)} }`),
  operation('1,000 aliases', USER_INPUT, (salt) =>
    products(
      salt,
      many(1_000, (i) => `a${i}: id`),
    ),
  ),
  operation('31 aliases', USER_INPUT, (salt) =>
    products(
      salt,
      many(31, (i) => `a${i}: id`),
    ),
  ),
  operation('21 root fields', USER_INPUT, (salt) => `query S${salt} { ${many(21, () => '__typename')} }`),
  operation('depth 1,000', USER_INPUT, (salt) => nested(1_000, salt)),
  operation('depth 240', USER_INPUT, (salt) => nested(240, salt)),
  operation('depth 16', USER_INPUT, (salt) => nested(16, salt)),
  operation('a list literal 1,000 levels deep', USER_INPUT, (salt) => `query S${salt} { nodes(ids: ${'['.repeat(900)}${']'.repeat(900)}) { id } }`),
  operation('45,000 tokens', USER_INPUT, (salt) => `query S${salt} { ${'a '.repeat(45_000)} }`),
  operation('45,000 tokens of brackets', USER_INPUT, (salt) => `query S${salt} ${'{}'.repeat(22_000)}`),
  operation('a text that never ends', UNPARSED, (salt) => `query S${salt} { a(b: "${'x'.repeat(90_000)}`),
  operation('a name of 90,000 letters', INVALID, (salt) => `query S${salt} { ${'x'.repeat(90_000)} }`),
  operation('250 operations, none named', USER_INPUT, (salt) => many(250, (i) => `query S${salt}_${i} { __typename }`)),
  operation('300 fragments that nobody spreads', INVALID, (salt) => `query S${salt} { __typename } ${many(240, (i) => `fragment F${i} on Product { id }`)}`),
  operation('380 variables that nobody uses', INVALID, (salt) => `query S${salt}(${many(380, (i) => `$v${i}: Int`)}) { __typename }`),
  operation('600 fields that do not exist', INVALID, (salt) => `query S${salt} { products { nodes { ${many(600, (i) => `titl${i}`)} } } }`),
  operation('100 types that do not exist', INVALID, (salt) =>
    products(
      salt,
      many(100, (i) => `... on Produc${i} { id }`),
    ),
  ),
  operation('characters of all planets', UNPARSED, (salt) => `query S${salt} { ${'𝕡𝕣𝕠𝕕𝕦𝕔𝕥𝕤 '.repeat(2_000)} }`),
  operation('accents upon accents', UNPARSED, (salt) => `query S${salt} { e${'\u0301'.repeat(20_000)} }`),
  operation('half a character', UNPARSED, (salt) => `query S${salt} { node(id: "\ud800") { id } }`),
];

const FRAGMENTS: readonly Abuse[] = [
  operation('a fragment that spreads itself', INVALID, (salt) => `query S${salt} { products { nodes { ...A } } } fragment A on Product { id ...A }`),
  operation(
    'a circle of 200 fragments',
    INVALID,
    (salt) => `query S${salt} { products { nodes { ...F0 } } } ${many(200, (i) => `fragment F${i} on Product { ...F${(i + 1) % 200} }`)}`,
  ),
  operation(
    'a circle that doubles',
    INVALID,
    (salt) =>
      `query S${salt} { products { nodes { ...F0 } } } ${many(80, (i) => `fragment F${i} on Product { ...F${(i + 1) % 80} ... { ...F${(i + 2) % 80} } }`)}`,
  ),
  operation(
    'fragments that double 60 times',
    USER_INPUT,
    (salt) =>
      `query S${salt} { products { nodes { ...F0 } } } ${many(60, (i) => `fragment F${i} on Product { ...F${i + 1} ... { ...F${i + 1} } }`)} fragment F60 on Product { id }`,
  ),
  operation(
    'fields that double 12 times',
    USER_INPUT,
    (salt) =>
      `query S${salt} { products { nodes { ...F0 } } } ${many(12, (i) => `fragment F${i} on Product { x${i}: merchant { products { nodes { ...F${i + 1} } } } y${i}: merchant { products { nodes { ...F${i + 1} } } } }`)} fragment F12 on Product { id }`,
  ),
  operation(
    '200 fragments at one place',
    USER_INPUT,
    (salt) =>
      `${products(
        salt,
        many(200, (i) => `...F${i}`),
      )} ${many(200, (i) => `fragment F${i} on Product { id }`)}`,
  ),
];

const VALIDATION: readonly Abuse[] = [
  operation('the same field 1,900 times', USER_INPUT, (salt) => products(salt, 'id '.repeat(1_900))),
  operation('the same arguments 150 times', USER_INPUT, (salt) => products(salt, 'variants(first: 1, after: "a") { nodes { id } } '.repeat(150))),
  operation('the same objects 150 times, three levels deep', USER_INPUT, (salt) => products(salt, 'merchant { products { nodes { id } } } '.repeat(150))),
  operation('12 times 12 times the same', USER_INPUT, (salt) =>
    products(salt, `merchant { ${'products { nodes { merchant { id id } } } '.repeat(12)} } `.repeat(12)),
  ),
  operation('2,100 directives that do not exist', USER_INPUT, (salt) => `query S${salt} { products ${'@a '.repeat(2_100)} { nodes { id } } }`),
  operation('900 directives that do not exist', INVALID, (salt) => `query S${salt} { products ${'@a '.repeat(900)} { nodes { id } } }`),
  operation('200 times @include', INVALID, (salt) => `query S${salt} { products ${'@include(if: true) '.repeat(200)} { nodes { id } } }`),
  operation('a guess at a field', INVALID, (salt) => `query S${salt} { userz { nodes { id } } }`),
  operation('a guess at an enum', INVALID, (salt) => `query S${salt} { products(sort: NEWST) { nodes { id } } }`),
  operation('a guess at an enum by a variable', USER_INPUT, (salt) => `query S${salt}($s: ProductSort) { products(sort: $s) { nodes { id } } }`, {
    s: 'NEWST',
  }),
];

const INTROSPECTION_PART = '{ types { name fields { name args { name type { name ofType { name } } } type { name ofType { name ofType { name } } } } } }';
const INTROSPECTION: readonly Abuse[] = [
  operation('the schema 20 times over', USER_INPUT, (salt) => `query S${salt} { ${many(20, (i) => `s${i}: __schema ${INTROSPECTION_PART}`)} }`),
  operation(
    'the schema within the schema',
    INVALID,
    (salt) => `query S${salt} { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }`,
  ),
  operation(
    'every type of every type',
    INVALID,
    (salt) =>
      `query S${salt} { __schema { types { possibleTypes { fields { type { possibleTypes { name interfaces { name } } fields { name type { name ofType { name } } args { name type { name } } } } } } fields { type { fields { name args { name } type { name } } } } } } }`,
  ),
];

const PLANNING: readonly Abuse[] = [
  operation(
    'everything that has an id, 20 times, in all subgraphs',
    USER_INPUT,
    (salt) => `query S${salt} { ${many(20, (i) => `n${i}: nodes(ids: ["x"]) { id ... on Node { id ... on Node { id } } }`)} }`,
  ),
  operation('a page of a billion', USER_INPUT, (salt) => `query S${salt} { products(first: 1000000000) { nodes { id } } }`),
  operation('a page of 101 by a variable', USER_INPUT, (salt) => `query S${salt}($n: Int) { products(first: $n) { nodes { id } } }`, { n: 101 }),
];

const deep = (levels: number) => `{"query":"query ($id: ID!) { node(id: $id) { id } }","variables":{"id":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
const IDS = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const raw = (name: string, status: number, make: (salt: number) => string | Buffer, headers: Record<string, string> = {}): Abuse =>
  http(name, status, USER_INPUT, (salt) => ({ body: make(salt), headers }));

const VALUES: readonly Abuse[] = [
  raw('variables 40,000 levels deep', 400, () => deep(40_000)),
  raw('variables 60 levels deep', 400, () => deep(60)),
  raw('40,000 values', 400, () => body(IDS, { ids: Array.from({ length: 20_000 }, () => 'x') })),
  raw('a million values', 413, () => body(IDS, { ids: Array.from({ length: 1_000_000 }, () => 1) })),
  raw('a list of 5,001 where 100 are allowed', 400, () => body(IDS, { ids: Array.from({ length: 5_001 }, () => 'x') })),
  raw('a text of 2 MB', 413, () => body(IDS, { ids: ['x'.repeat(2_000_000)] })),
  raw('a number without end', 400, () => `{"query":"query ($n: Int) { products(first: $n) { nodes { id } } }","variables":{"n":1e999}}`),
  raw('a number of 90,000 digits', 400, () => `{"query":"query ($n: Int) { products(first: $n) { nodes { id } } }","variables":{"n":${'9'.repeat(90_000)}}}`),
  raw('a query written twice', 400, () => '{"query":"{ __typename }","query":"mutation { guestSessionCreate { guestToken } }"}'),
  raw('a variable written twice, once in disguise', 400, () => '{"query":"query ($id: ID!) { node(id: $id) { id } }","variables":{"id":"a","\\u0069d":"b"}}'),
  raw('__proto__', 400, () => '{"query":"{ __typename }","variables":{"__proto__":{"isAdmin":true}}}'),
  raw('a batch of 500', 400, () => `[${Array.from({ length: 500 }, () => body('{ __typename }')).join(',')}]`),
  raw('a document of 5 MB', 413, (salt) => body(`query S${salt} { __typename } #${'x'.repeat(5_000_000)}`)),
  raw('no JSON', 400, () => '<query>'),
];

const bomb = Buffer.from(body(`{ __typename } #${' '.repeat(20_000_000)}`));
const small = Buffer.from(body('{ __typename }'));
/** Packed once: what it costs the sender does not count. */
const PACKED = {
  gzip: gzipSync(bomb, { level: 9 }),
  deflate: deflateSync(bomb, { level: 9 }),
  br: brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
};

const ENCODINGS: readonly Abuse[] = [
  ...Object.entries(PACKED).map(([encoding, packed]) =>
    raw(`20 MB packed into ${Math.ceil(packed.length / 1000)} kB of ${encoding}`, 413, () => packed, { 'content-encoding': encoding }),
  ),
  raw('gzip within gzip', 415, () => gzipSync(gzipSync(small)), { 'content-encoding': 'gzip, gzip' }),
  raw('gzip that is cut off', 400, () => gzipSync(small).subarray(0, 20), { 'content-encoding': 'gzip' }),
  raw('gzip that is none', 400, () => small, { 'content-encoding': 'gzip' }),
  raw('an encoding that nobody knows', 415, () => small, { 'content-encoding': 'zstd, magic' }),
  raw('UTF-16', 415, () => Buffer.from(body('{ __typename }'), 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }),
  raw('UTF-16 that says nothing of it', 400, () => Buffer.from(body('{ __typename }'), 'utf16le')),
  raw('UTF-7', 415, () => small, { 'content-type': 'application/json; charset=utf-7' }),
  raw('two charsets', 415, () => small, { 'content-type': 'application/json; charset=utf-8; charset=utf-7' }),
  raw('bytes that are no UTF-8', 400, () => Buffer.concat([Buffer.from('{"query":"{ a(b: \\"'), Buffer.from([0xc0, 0x80, 0xff]), Buffer.from('\\") }"}')])),
  raw('a form', 415, () => 'query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' }),
  raw('text', 415, () => small, { 'content-type': 'text/plain' }),
  http('5 MB in chunks', 413, USER_INPUT, () => ({ body: Buffer.alloc(5_000_000, 0x20), isChunked: true })),
  http('a mutation by GET', 405, USER_INPUT, () => ({
    method: 'GET',
    path: `/graphql?query=${encodeURIComponent('mutation { guestSessionCreate { guestToken } }')}`,
  })),
  http('a query twice by GET', 400, USER_INPUT, () => ({ method: 'GET', path: '/graphql?query=%7B__typename%7D&query=%7Bme%7Bid%7D%7D' })),
];

const socket = (name: string, status: number, code: RegExp, pieces: (salt: number) => readonly string[], wait = 0): Abuse => ({
  name,
  status,
  code,
  send: (origin, salt) => sendRaw(origin, pieces(salt), wait),
});

const POST = 'POST /graphql HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n';
const CONNECTION: readonly Abuse[] = [
  socket('no HTTP at all', 400, USER_INPUT, () => ['\x16\x03\x01 hello\r\n\r\n']),
  socket('a method of lower case', 400, USER_INPUT, () => ['post /graphql http/1.1\r\n\r\n']),
  socket('two lengths', 400, USER_INPUT, () => [`${POST}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`]),
  socket('a length and chunks', 400, USER_INPUT, () => [`${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`]),
  socket('a chunk of no size', 400, USER_INPUT, () => [`${POST}transfer-encoding: chunked\r\n\r\nzz\r\n`]),
  socket('a header of 100 kB', 431, USER_INPUT, () => [`${POST}x-flood: ${'x'.repeat(100_000)}\r\n\r\n`]),
  socket('5,000 headers', 431, USER_INPUT, () => [`${POST}${Array.from({ length: 5_000 }, (_, i) => `x-${i}: y\r\n`).join('')}\r\n`]),
  socket('an address of 100 kB', 431, USER_INPUT, () => [`GET /graphql?query=${'x'.repeat(100_000)} HTTP/1.1\r\nhost: shop\r\n\r\n`]),
];

/** Everything that is refused at once. */
export const ABUSES: readonly Abuse[] = [...SHAPES, ...FRAGMENTS, ...VALIDATION, ...INTROSPECTION, ...PLANNING, ...VALUES, ...ENCODINGS, ...CONNECTION];

/** A byte a second: refused when the time for a body is over. */
export const SLOW_BODY: Abuse = socket(
  'a body that comes byte by byte',
  408,
  USER_INPUT,
  () => [`${POST}content-length: 50\r\n\r\n`, ...Array.from({ length: 14 }, () => ' ')],
  1_000,
);

const COSTLY = '{ products(first: 100) { nodes { reviews(first: 100) { nodes { author { reviews(first: 100) { nodes { id } } } } } } } }';

/** More than anybody may spend at once. */
export const TOO_COSTLY: Abuse = http('a million points', 400, /^COST_LIMIT_EXCEEDED$/, (salt) => ({ body: body(`query S${salt} ${COSTLY}`) }));

/** So many requests on one connection, sent before any is answered; the answers as they came. */
export const pipelined = (origin: string, count: number): Promise<{ readonly all: string }> => {
  const payload = body('{ products(first: 5) { nodes { id } } }');
  const one = `${POST}content-length: ${payload.length}\r\n\r\n${payload}`;
  return sendRaw(origin, [one.repeat(count)]);
};
