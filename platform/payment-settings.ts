import { z } from 'zod';
import { isRsaPrivateKey, isRsaPublicKey } from './rsa-keys.ts';

const privateKey = z.string().refine(isRsaPrivateKey, 'must be an RSA private key: PEM (its line breaks may be \\n) or base64');
const publicKey = z.string().refine(isRsaPublicKey, 'must be an RSA public key: PEM (its line breaks may be \\n) or base64');
const address = z.string().url();

/** What the payment providers have given the shop. A provider is offered when all that it needs is there. */
export const paymentSettings = {
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\w+$/, 'must begin with sk_test_, sk_live_, rk_test_ or rk_live_')
    .optional()
    .describe('Stripe takes bank cards where its three keys are set: the secret or restricted key'),
  STRIPE_PUBLISHABLE_KEY: z
    .string()
    .regex(/^pk_(test|live)_\w+$/, 'must begin with pk_test_ or pk_live_')
    .optional()
    .describe('the key with which clients confirm card payments'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_\S+$/, 'must begin with whsec_')
    .optional()
    .describe('secret of the webhook endpoint at `/psp/stripe`, which needs the events `payment_intent.*` and `refund.*`'),
  STRIPE_API_URL: address.default('https://api.stripe.com').describe("origin of Stripe's API"),
  ALIPAY_APP_ID: z.string().optional().describe('Alipay is offered where this and its two keys are set: the app of the open platform'),
  ALIPAY_PRIVATE_KEY: privateKey.optional().describe("the app's private RSA2 key, PEM or base64"),
  ALIPAY_PUBLIC_KEY: publicKey.optional().describe("Alipay's public key for the app, PEM or base64; not the app's own"),
  ALIPAY_SELLER_ID: z
    .string()
    .regex(/^2088\d{12}$/, 'must be 16 digits that begin with 2088')
    .optional()
    .describe('the account that must have been paid; any of the app when absent'),
  ALIPAY_GATEWAY_URL: address.default('https://openapi.alipay.com/gateway.do').describe("Alipay's gateway"),
  WECHAT_PAY_APP_ID: z
    .string()
    .optional()
    .describe('WeChat Pay is offered where this, merchant id, key, serial number and APIv3 key are set: the official account or app'),
  WECHAT_PAY_MINI_PROGRAM_APP_ID: z.string().optional().describe('the mini program, where it has an id of its own'),
  WECHAT_PAY_MOBILE_APP_ID: z.string().optional().describe('the mobile app, where it has an id of its own'),
  WECHAT_PAY_MCH_ID: z
    .string()
    .regex(/^\d{6,32}$/, 'must be digits')
    .optional()
    .describe("the merchant's id"),
  WECHAT_PAY_PRIVATE_KEY: privateKey.optional().describe("the private key of the merchant's API certificate, PEM or base64"),
  WECHAT_PAY_SERIAL_NO: z
    .string()
    .regex(/^[0-9A-Fa-f]{8,64}$/, 'must be hexadecimal')
    .optional()
    .describe('the serial number of that certificate'),
  WECHAT_PAY_API_V3_KEY: z
    .string()
    .refine((key) => Buffer.byteLength(key) === 32, 'must have 32 bytes')
    .optional()
    .describe('the APIv3 key, with which notifications are encrypted'),
  WECHAT_PAY_PUBLIC_KEY: publicKey.optional().describe("WeChat Pay's public key; merchants without one are served with platform certificates"),
  WECHAT_PAY_PUBLIC_KEY_ID: z
    .string()
    .regex(/^PUB_KEY_ID_\w+$/, 'must begin with PUB_KEY_ID_')
    .optional()
    .describe('its id; both or neither'),
  WECHAT_PAY_API_URL: address.default('https://api.mch.weixin.qq.com').describe("origin of WeChat Pay's API"),
};

type PaymentSettings = z.output<z.ZodObject<typeof paymentSettings>>;
type Name = keyof PaymentSettings;

/** Settings of which all or none are given; `alsoGivenBy` make no sense without them. */
const TOGETHER: readonly { readonly names: readonly Name[]; readonly alsoGivenBy?: readonly Name[] }[] = [
  { names: ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY', 'STRIPE_WEBHOOK_SECRET'] },
  { names: ['ALIPAY_APP_ID', 'ALIPAY_PRIVATE_KEY', 'ALIPAY_PUBLIC_KEY'], alsoGivenBy: ['ALIPAY_SELLER_ID'] },
  {
    names: ['WECHAT_PAY_APP_ID', 'WECHAT_PAY_MCH_ID', 'WECHAT_PAY_PRIVATE_KEY', 'WECHAT_PAY_SERIAL_NO', 'WECHAT_PAY_API_V3_KEY'],
    alsoGivenBy: ['WECHAT_PAY_MINI_PROGRAM_APP_ID', 'WECHAT_PAY_MOBILE_APP_ID', 'WECHAT_PAY_PUBLIC_KEY', 'WECHAT_PAY_PUBLIC_KEY_ID'],
  },
  { names: ['WECHAT_PAY_PUBLIC_KEY', 'WECHAT_PAY_PUBLIC_KEY_ID'] },
];

/** What is missing beside what is given, and keys of test and live mode that do not go together. */
export function paymentProblems(values: PaymentSettings): string[] {
  const isGiven = (name: Name) => values[name] !== undefined;
  const missing = TOGETHER.flatMap(({ names, alsoGivenBy = [] }) => {
    const given = [...names, ...alsoGivenBy].find(isGiven);
    return given === undefined ? [] : names.filter((name) => !isGiven(name)).map((name) => `${name}: is missing beside ${given}`);
  });
  const modes = [values.STRIPE_SECRET_KEY, values.STRIPE_PUBLISHABLE_KEY].map((key) => key?.split('_')[1]);
  const isMixed = modes.every((mode) => mode !== undefined) && modes[0] !== modes[1];
  return isMixed ? [...missing, `STRIPE_PUBLISHABLE_KEY: is of ${modes[1]} mode, but STRIPE_SECRET_KEY of ${modes[0]} mode`] : missing;
}
