import { z } from 'zod';

const limit = (normal: number, meaning: string, max = 1_000_000) => z.coerce.number().int().min(1).max(max).default(normal).describe(meaning);

/** What one caller, and one operation, may ask for at most. */
export const limitSettings = {
  RATE_LIMIT_POINTS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000_000)
    .default(1000)
    .describe('points that each account, guest, client, or address without one, may spend every second, from a bucket of ten times that; 0 is off'),
  TRUSTED_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('how many proxies of its own stand before the shop: so many last addresses of `X-Forwarded-For` are theirs to say'),
  BODY_LIMIT: z.coerce.number().int().min(1_000).max(10_000_000).default(100_000).describe('largest request body in bytes, unpacked'),
  TOKEN_LIMIT: limit(2_000, 'most tokens of an operation', 100_000),
  DEPTH_LIMIT: limit(15, 'most nested levels', 100),
  ALIAS_LIMIT: limit(30, 'most aliases, with every fragment counted where it is spread'),
  FIELD_LIMIT: limit(1_000, 'most fields, counted likewise'),
  ROOT_FIELD_LIMIT: limit(20, 'most fields at the root'),
  COMPARISON_LIMIT: limit(10_000, 'most pairs of fields at the same place of the answer: so many are compared before it runs'),
  PLANNING_LIMIT: limit(3_000, 'most ways to carry an operation out, estimated: fields × types × subgraphs'),
  PLANNING_MS_LIMIT: limit(1_000, 'most milliseconds of a processor that planning an operation may take, in a process of its own', 600_000),
  PLANNING_MB_LIMIT: limit(256, 'most megabytes that it may take there, besides the schema', 65_536),
  PAGE_SIZE_LIMIT: limit(100, 'most entries that `first` may ask for'),
  VALUE_LIMIT: limit(5_000, 'most values within the variables'),
  SENSITIVE_FIELD_LIMIT: limit(3, 'how often one operation may try logins and secrets'),
};

type LimitSettings = z.output<z.ZodObject<typeof limitSettings>>;

/** What one operation may ask for at most, by what is counted. */
export const limitsOf = (values: LimitSettings) => ({
  tokens: values.TOKEN_LIMIT,
  depth: values.DEPTH_LIMIT,
  aliases: values.ALIAS_LIMIT,
  fields: values.FIELD_LIMIT,
  rootFields: values.ROOT_FIELD_LIMIT,
  comparisons: values.COMPARISON_LIMIT,
  planning: values.PLANNING_LIMIT,
  planningMs: values.PLANNING_MS_LIMIT,
  planningMb: values.PLANNING_MB_LIMIT,
  pageSize: values.PAGE_SIZE_LIMIT,
  values: values.VALUE_LIMIT,
  sensitiveFields: values.SENSITIVE_FIELD_LIMIT,
});
