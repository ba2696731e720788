import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { limitSettings } from './limit-settings.ts';
import { paymentProblems, paymentSettings } from './payment-settings.ts';
import { StartError } from './start-error.ts';

/** Development's keys: fixed, so that six processes on one machine agree without a file. Production refuses them. */
const DEVELOPMENT_SIGNING_KEYS =
  '[{"kty":"OKP","crv":"Ed25519","kid":"development","alg":"EdDSA","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]';
const DEVELOPMENT_INTERNAL_AUTH_KEYS = 'development:only-for-a-developers-own-machine';
const DEVELOPMENT_STAFF_PASSWORD = 'tradegraph-staff';

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const address = z.string().url();

const signingKeys = z.array(z.looseObject({ kid: z.string(), kty: z.literal('OKP'), crv: z.literal('Ed25519'), d: z.string(), x: z.string() })).min(1);

function checkSigningKeys(text: string, context: z.RefinementCtx): void {
  const { data: keys } = signingKeys.safeParse(parsedJson(text));
  if (!keys) return context.addIssue('must be a JSON array of private Ed25519 JWKs, each with kty, crv, kid, d and x');
  for (const { kid, ...key } of keys)
    if (!isKeyPair(key)) context.addIssue(`the key "${kid}" is no Ed25519 key: d and x must be 32 bytes in base64url, x the public half of d`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isKeyPair(key: JsonWebKey): boolean {
  try {
    return createPublicKey(createPrivateKey({ key, format: 'jwk' })).export({ format: 'jwk' }).x === key.x;
  } catch {
    return false;
  }
}

const taxRate = z.number().int().min(0).max(10_000);
const taxRates = z.record(z.string().regex(/^[A-Z]{2}$/), z.strictObject({ standard: taxRate, reduced: taxRate, digital: taxRate }));

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Every setting: what it means, what it defaults to. The README's table is made from this. */
export const settings = z.object({
  NODE_ENV: z
    .string()
    .default('development')
    .describe('`production` refuses development keys, the default staff password and the sandbox provider; nothing else hangs on it'),
  HOST: z.string().default('127.0.0.1').describe('address the servers listen on'),
  PORT: whole(0, 65_535).default(4000).describe("the gateway's port; a subgraph process listens on the port of its own URL"),
  PUBLIC_URL: address.optional().describe('origin under which clients reach the gateway; `http://HOST:PORT` by default'),
  TOPOLOGY: z.enum(['embedded', 'services']).default('embedded').describe('one process, or a gateway and five subgraph processes over HTTP'),
  SUBGRAPH: z.string().optional().describe('which subgraph a process of `subgraphs/main.ts` serves; all five when absent'),
  USER_URL: address.default('http://127.0.0.1:4001').describe('where the user subgraph is'),
  PRODUCT_URL: address.default('http://127.0.0.1:4002').describe('where the product subgraph is'),
  CART_URL: address.default('http://127.0.0.1:4003').describe('where the cart subgraph is'),
  ORDER_PAYMENT_URL: address.default('http://127.0.0.1:4004').describe('where the order-payment subgraph is'),
  REVIEW_URL: address.default('http://127.0.0.1:4005').describe('where the review subgraph is'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .describe('a MongoDB 6.0+ replica set; without it the shop runs a mongod of its own'),
  MONGOD_BINARY: z.string().optional().describe('the mongod to run instead of the one on PATH or the fetched one'),
  DATABASE_PREFIX: z
    .string()
    .regex(/^[a-z0-9_-]{0,24}$/i, 'up to 24 letters, digits, - and _')
    .default('')
    .describe('put before each database name, so that several shops can share one MongoDB'),
  DATA_DIR: z.string().default('.data').describe("the shop's own files: mongod's data, uploaded pictures"),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least level that is logged'),
  INTROSPECTION: flag.default(true).describe('whether clients may introspect the schema of their contract'),
  SEED: z.enum(['auto', 'never']).default('auto').describe('fill the demo shop at the start when the databases are empty'),
  SEED_SCALE: z.coerce.number().min(0.01).max(500).default(1).describe('size of the demo shop; 1 is 2,000 products'),
  STAFF_LOGIN: z.string().default('staff@example.test').describe('e-mail of the first staff account, which has every scope'),
  STAFF_PASSWORD: z.string().min(10, 'must have at least 10 characters').default(DEVELOPMENT_STAFF_PASSWORD).describe('its password'),
  BCRYPT_COST: whole(4, 15).default(12).describe('work factor of password hashes; production refuses less than 10'),
  ACCESS_TOKEN_SECONDS: whole(1, 86_400).default(900).describe('how long an access token is valid'),
  SIGNING_KEYS: z
    .string()
    .superRefine(checkSigningKeys)
    .default(DEVELOPMENT_SIGNING_KEYS)
    .describe('JSON array of private Ed25519 JWKs with `kid`; the first signs tokens, all verify'),
  INTERNAL_AUTH_KEYS: z
    .string()
    .regex(/^[^:,]+:[^,]{16,}(,[^:,]+:[^,]{16,})*$/, 'must be kid:secret[,kid:secret…] with secrets of at least 16 characters')
    .default(DEVELOPMENT_INTERNAL_AUTH_KEYS)
    .describe('`kid:secret[,kid:secret…]` with which the gateway and the subgraphs sign requests to each other; the first signs, all verify'),
  ...limitSettings,
  ORDER_EXPIRY_SECONDS: whole(1, 604_800).default(1800).describe('an unpaid order expires after this'),
  PSP_DEADLINE_MARGIN_SECONDS: whole(0, 3600).default(60).describe("how much earlier a payment's QR code dies than its order; at most a quarter of the expiry"),
  SWEEP_AFTER_SECONDS: whole(1, 3600).default(20).describe('an unfinished checkout is settled or released after this'),
  CRASH_AFTER: z
    .enum(['intent', 'lock', 'quote', 'reserve', 'coupon', 'order', 'complete'])
    .optional()
    .describe('a checkout step (intent, lock, quote, reserve, coupon, order, complete) after which the process kills itself, for tests; refused in production'),
  PSP_NOTIFY_BASE_URL: address.optional().describe('origin under which payment providers reach `/psp/…`; PUBLIC_URL by default'),
  RETURN_URL_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    )
    .refine(
      (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      'must be origins, e.g. https://shop.example,https://m.shop.example',
    )
    .describe(
      "comma-separated origins to which a payment provider may send the buyer back, besides PUBLIC_URL's; outside production also any page of this machine",
    ),
  TAX_RATES: z
    .string()
    .default('{}')
    .transform((text, context) => {
      const { data, error } = taxRates.safeParse(parsedJson(text));
      if (error) context.addIssue('must be a JSON object of countries, e.g. {"CN":{"standard":1300,"reduced":900,"digital":600}}, in basis points to 10000');
      return data ?? {};
    })
    .describe('JSON of tax rates in basis points by country and category, for countries whose built-in rates are not to be used'),
  REFUND_AUTO_APPROVE_SECONDS: whole(1, 31_536_000).optional().describe("overrides the merchants' refund policies, for tests"),
  ORDER_AUTO_COMPLETE_SECONDS: whole(1, 31_536_000).default(604_800).describe('a delivered order completes by itself after this'),
  COMMISSION_RATE_BPS: whole(0, 10_000)
    .default(500)
    .describe('what the platform takes of a sale, goods and shipping, in hundredths of a percent, where nothing else is agreed with the merchant'),
  PAYMENT_FEE_BPS: whole(0, 10_000).default(0).describe('what a merchant pays for a payment, in hundredths of a percent of what the buyer paid'),
  PAYMENT_FEE_FIXED: z
    .string()
    .regex(/^$|^[A-Z]{3}:\d{1,9}(,[A-Z]{3}:\d{1,9})*$/, 'must be CUR:amount[,CUR:amount…] in minor units, e.g. CNY:200,USD:30')
    .default('')
    .transform(
      (text): Readonly<Record<string, number>> =>
        Object.fromEntries(text.split(',').flatMap((part) => (part === '' ? [] : [[part.slice(0, 3), Number(part.slice(4))]]))),
    )
    .describe('and besides per order, by currency in minor units, e.g. `CNY:200,USD:30`; nothing where a currency is not named'),
  SETTLEMENT_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone, e.g. Asia/Shanghai')
    .default('UTC')
    .describe('in which payout periods begin and end'),
  SETTLEMENT_POSTING_SECONDS: z.coerce
    .number()
    .min(0)
    .max(3600)
    .default(2)
    .describe("for how long a merchant's sales are gathered before they are posted to its ledger together"),
  JOBS_POLL_SECONDS: z.coerce.number().min(0.05).max(60).default(1).describe('how often timers and the outbox are looked at'),
  ...paymentSettings,
});

type Settings = z.output<typeof settings>;

export interface Config extends Settings {
  readonly production: boolean;
  /** Origin of the gateway as clients see it, without a trailing slash. */
  readonly publicUrl: string;
  readonly subgraphUrls: Readonly<Record<string, string>>;
}

export class ConfigError extends StartError {}

/** Reads the environment once; throws one ConfigError that lists everything that is wrong. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is how shells and compose files say "not set".
  const given = Object.fromEntries(Object.entries(environment).filter(([name, value]) => name in settings.shape && value !== '' && value !== undefined));
  const parsed = settings.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (parsed.success && parsed.data.NODE_ENV === 'production') problems.push(...productionProblems(parsed.data));
  if (parsed.success) problems.push(...paymentProblems(parsed.data));
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
  const values = parsed.data;
  return {
    ...values,
    production: values.NODE_ENV === 'production',
    publicUrl: (values.PUBLIC_URL ?? `http://${values.HOST}:${values.PORT}`).replace(/\/$/, ''),
    subgraphUrls: {
      user: values.USER_URL,
      product: values.PRODUCT_URL,
      cart: values.CART_URL,
      'order-payment': values.ORDER_PAYMENT_URL,
      review: values.REVIEW_URL,
    },
  };
}

function productionProblems(values: Settings): string[] {
  const rules: [boolean, string][] = [
    [values.SIGNING_KEYS === DEVELOPMENT_SIGNING_KEYS, "SIGNING_KEYS: set keys of your own; development's are public"],
    [values.INTERNAL_AUTH_KEYS === DEVELOPMENT_INTERNAL_AUTH_KEYS, "INTERNAL_AUTH_KEYS: set secrets of your own; development's are public"],
    [values.STAFF_PASSWORD === DEVELOPMENT_STAFF_PASSWORD, 'STAFF_PASSWORD: set one of your own; the default is public'],
    [values.BCRYPT_COST < 10, 'BCRYPT_COST: must be at least 10 in production'],
    [values.CRASH_AFTER !== undefined, 'CRASH_AFTER: is for tests only'],
  ];
  return rules.filter(([broken]) => broken).map(([, sentence]) => sentence);
}

export type SigningKey = z.output<typeof signingKeys>[number];

/** The private keys with which access tokens are signed; the first is the current one. */
export const signingKeysOf = (config: Config): SigningKey[] => signingKeys.parse(JSON.parse(config.SIGNING_KEYS));
