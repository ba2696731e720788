import { z } from 'zod';
import { DEFAULT_LIMITS, LIMIT_NOUNS, type Limits } from '../limits.ts';

/** An object that knows its properties: the message about any other says which there are. */
const object = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `knows nothing of ${issue.keys.join(', ')}; there are ${Object.keys(shape).join(', ')}` : undefined,
  });

const milliseconds = (max: number) => z.int().min(1).max(max);
const address = z.url({ protocol: /^https?$/, error: 'must be an address such as http://127.0.0.1:4001/graphql' });

/** Headers that belong to a connection or a body, not to what is asked. */
const NOT_TO_BE_SET =
  /^(host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|content-length|content-type|content-encoding|accept|accept-encoding|proxy-.*)$/i;
const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header, e.g. x-tenant')
  .refine((name) => !NOT_TO_BE_SET.test(name), 'belongs to the connection or the body, and is not to be changed')
  .transform((name) => name.toLowerCase())
  .meta({ description: 'name of a header' });
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be a text that a header can carry');

const rule = <Action extends string, Shape extends z.ZodRawShape>(action: Action, shape: Shape) => object({ action: z.literal(action), ...shape });
const actions = (...names: string[]) => ({ error: `"action" must be one of ${names.join(', ')}` });

const requestHeaderRule = z.discriminatedUnion(
  'action',
  [
    rule('forward', { name: headerName, as: headerName.optional(), default: headerValue.optional() }).describe(
      "the client's header, under its own name or another",
    ),
    rule('set', { name: headerName, value: headerValue }),
    rule('setFromEnvironment', { name: headerName, variable: z.string().min(1) }).describe('for secrets: the value is an environment variable'),
    rule('setFromClaim', { name: headerName, claim: z.string().min(1) }).describe("a claim of the caller's token; left out for callers without it"),
    rule('remove', { name: headerName }),
  ],
  actions('forward', 'set', 'setFromEnvironment', 'setFromClaim', 'remove'),
);

const responseHeaderRule = z.discriminatedUnion(
  'action',
  [
    rule('forward', { name: headerName }).describe(
      "a header of the subgraph's answer: every set-cookie, the strictest cache-control, of others the last; cache-control is no-store where one of the asked subgraphs states none, or there are errors",
    ),
    rule('set', { name: headerName, value: headerValue }),
    rule('remove', { name: headerName }),
  ],
  actions('forward', 'set', 'remove'),
);

const reach = {
  timeoutMs: milliseconds(600_000).describe('how long it may take to answer one call, its whole body included'),
  retries: z.int().min(0).max(5).describe('how often a query is sent again when the connection fails; mutations never are'),
  maxResponseBytes: z.int().min(1_000).max(1_000_000_000).describe('the largest answer that is read'),
  connections: z.int().min(1).max(1_000).describe('how many connections are held at most'),
};

const headerRules = {
  requestHeaders: z.array(requestHeaderRule).default([]).describe('what a call carries, rule after rule; those of `defaults` come first'),
  responseHeaders: z.array(responseHeaderRule).default([]).describe('what of its answers reaches the client'),
};

const jwtKeys = z.discriminatedUnion(
  'from',
  [
    object({ from: z.literal('url'), url: address }),
    object({ from: z.literal('file'), path: z.string().min(1).describe('relative to the configuration file') }),
    object({ from: z.literal('here'), keys: z.array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })).min(1) }),
  ],
  { error: '"from" must be one of url, file, here' },
);

const jwt = object({
  keys: jwtKeys.describe('the public keys that sign tokens, as a JSON Web Key Set'),
  issuer: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe('who must have issued a token'),
  audience: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe('for whom it must have been issued'),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']))
    .min(1)
    .default(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']),
  scopesClaim: z.string().default('scope').describe('where the scopes stand: a list, or one text with blanks between; `a.b` leads into objects'),
  policiesClaim: z.string().default('policies').describe('where the policies stand that the caller satisfies, written likewise'),
  clockToleranceSeconds: z.int().min(0).max(600).default(5),
});

export const settings = object({
  $schema: z.string().optional(),
  defaults: object({
    timeoutMs: reach.timeoutMs.default(10_000),
    retries: reach.retries.default(1),
    maxResponseBytes: reach.maxResponseBytes.default(10_000_000),
    connections: reach.connections.default(64),
    ...headerRules,
  })
    .prefault({})
    .describe('what holds for every subgraph'),
  subgraphs: z
    .record(
      z.string(),
      object({
        url: address.optional().describe('instead of the one in the supergraph'),
        timeoutMs: reach.timeoutMs.optional(),
        retries: reach.retries.optional(),
        maxResponseBytes: reach.maxResponseBytes.optional(),
        connections: reach.connections.optional(),
        ...headerRules,
      }),
    )
    .default({})
    .describe('what holds for the subgraph of this name'),
  requestTimeoutMs: milliseconds(3_600_000).default(30_000).describe('after this a client gets what there is, and errors for the rest'),
  limits: object({
    bodyBytes: z.int().min(1_000).max(100_000_000).default(100_000).describe('the largest request that is read'),
    ...limitSettings(),
  })
    .prefault({})
    .describe('what one operation may ask for at most'),
  sensitiveFields: z
    .array(z.string().regex(/^\w+\.\w+$/, 'must be a type and a field, e.g. Mutation.login'))
    .default([])
    .describe('fields of which an operation may have only `limits.sensitiveFields`, e.g. Mutation.login'),
  pointsPerSecond: z
    .number()
    .min(0)
    .default(0)
    .describe('what each caller may spend on operations, priced by @cost and @listSize, from a bucket of ten times that; 0 is without end'),
  trustedProxies: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('how many proxies of its own stand before the gateway: so many last addresses of X-Forwarded-For are theirs to say'),
  introspection: z.boolean().default(true).describe('whether clients may ask for the schema'),
  explorer: z.boolean().default(true).describe('whether there are pages to explore the graph with, at / and /explorer'),
  cors: object({
    origins: z.union([z.literal('*'), z.array(z.string().regex(/^https?:\/\/[^/]+$/, 'must be an origin, e.g. https://app.example'))]).default('*'),
    headers: z.array(z.string()).default(['authorization', 'content-type', 'x-request-id']).describe('that a page may send'),
    credentials: z.boolean().default(false).describe('whether a page may send cookies; needs `origins` to be named'),
    maxAgeSeconds: z.int().min(0).max(86_400).default(86_400),
  })
    .refine(({ origins, credentials }) => !credentials || origins !== '*', { path: ['credentials'], error: 'needs the origins to be named in "origins"' })
    .prefault({}),
  executor: z.enum(['own', 'stock']).default('own').describe("who carries out plans: the gateway's own executor, or that of @apollo/gateway"),
  mergedCalls: z.boolean().default(true).describe('entities that a plan asks one subgraph for at the same time are asked for in one call'),
  jwt: jwt.optional().describe('who callers are; without it nobody is signed in, and what asks for it is refused'),
  unauthorized: z
    .enum(['null', 'reject'])
    .default('null')
    .describe('what becomes of a query that asks for more than its caller may see: null in these places, or nothing at all; mutations are always rejected'),
  overrides: object({
    labels: z
      .record(z.string(), z.number().min(0).max(100))
      .default({})
      .describe('of 100 requests, how many follow @override(label:); `percent(n)` is its own setting'),
    header: headerName.optional().describe('in which a request names the labels it follows, with commas between; all others are off, then'),
  }).prefault({}),
  sharing: object({
    subgraphCalls: z
      .boolean()
      .default(true)
      .describe(
        'identical queries to a subgraph at the same time, on behalf of the same caller, are sent once, and requests that would share all of theirs are carried out once',
      ),
    operations: z.boolean().default(false).describe('identical queries of the same caller are carried out once for all who come before the answer is there'),
  }).prefault({}),
  errors: object({
    messages: z.boolean().default(true).describe("whether clients read subgraphs' own messages; else one sentence stands for all"),
    extensions: z.array(z.string()).default(['code']).describe("which extensions of subgraphs' errors clients see"),
  }).prefault({}),
  reloadMs: z.int().min(0).max(3_600_000).default(1_000).describe('how often the files are looked at for changes; 0 is never'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

function limitSettings() {
  const limit = (name: keyof Limits, max = 100_000_000) =>
    z.int().min(1).max(max).default(DEFAULT_LIMITS[name]).describe(`how many ${LIMIT_NOUNS[name]} an operation may have`);
  return {
    tokens: limit('tokens'),
    depth: limit('depth'),
    aliases: limit('aliases'),
    fields: limit('fields'),
    rootFields: limit('rootFields'),
    comparisons: limit('comparisons'),
    planning: limit('planning'),
    planningMs: limit('planningMs', 600_000),
    planningMb: limit('planningMb', 65_536),
    pageSize: limit('pageSize'),
    values: limit('values'),
    sensitiveFields: limit('sensitiveFields'),
  };
}

/** The configuration file, described for editors and other checkers, as JSON schema. */
export const configurationSchema = (): string => `${JSON.stringify(z.toJSONSchema(settings, { io: 'input' }), null, 2)}\n`;

export type Settings = z.output<typeof settings>;
export type RequestHeaderRule = z.output<typeof requestHeaderRule>;
export type ResponseHeaderRule = z.output<typeof responseHeaderRule>;
export type JwtSettings = z.output<typeof jwt>;
