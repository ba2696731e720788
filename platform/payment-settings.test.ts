import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { isRsaPrivateKey, isRsaPublicKey, readRsaPrivateKey, readRsaPublicKey } from './rsa-keys.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

const STRIPE = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_PUBLISHABLE_KEY: 'pk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };
const ALIPAY = { ALIPAY_APP_ID: '2021', ALIPAY_PRIVATE_KEY: pem, ALIPAY_PUBLIC_KEY: publicPem };
const WECHAT_PAY = {
  WECHAT_PAY_APP_ID: 'wx1',
  WECHAT_PAY_MCH_ID: '1900007291',
  WECHAT_PAY_PRIVATE_KEY: pem,
  WECHAT_PAY_SERIAL_NO: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
  WECHAT_PAY_API_V3_KEY: 'abcdefghijklmnopqrstuvwxyz012345',
};

describe('a payment provider', () => {
  test.each([
    ['none', {}],
    ['Stripe', STRIPE],
    ['Alipay', ALIPAY],
    ['WeChat Pay with certificates', WECHAT_PAY],
    ['WeChat Pay with its public key', { ...WECHAT_PAY, WECHAT_PAY_PUBLIC_KEY: publicPem, WECHAT_PAY_PUBLIC_KEY_ID: 'PUB_KEY_ID_01' }],
    ['all', { ...STRIPE, ...ALIPAY, ...WECHAT_PAY }],
  ])('may be configured: %s', (_which, environment) => {
    expect(() => loadConfig(environment)).not.toThrow();
  });

  test.each([
    ...[STRIPE, ALIPAY, WECHAT_PAY].flatMap((group) => Object.keys(group).map((name) => [name, { ...group, [name]: '' }] as const)),
    ['ALIPAY_PRIVATE_KEY', { ALIPAY_SELLER_ID: '2088102146225135' }] as const,
    ['WECHAT_PAY_PUBLIC_KEY_ID', { ...WECHAT_PAY, WECHAT_PAY_PUBLIC_KEY: publicPem }] as const,
    ['WECHAT_PAY_MCH_ID', { WECHAT_PAY_MOBILE_APP_ID: 'wx2' }] as const,
  ])('without %s is not started', (name, environment) => {
    expect(() => loadConfig(environment)).toThrow(new RegExp(`${name}: is missing beside `));
  });

  test.each([
    ['STRIPE_SECRET_KEY', { ...STRIPE, STRIPE_SECRET_KEY: 'pk_test_1' }],
    ['STRIPE_PUBLISHABLE_KEY', { ...STRIPE, STRIPE_PUBLISHABLE_KEY: 'pk_live_1' }],
    ['ALIPAY_PUBLIC_KEY', { ...ALIPAY, ALIPAY_PUBLIC_KEY: pem }],
    ['ALIPAY_PRIVATE_KEY', { ...ALIPAY, ALIPAY_PRIVATE_KEY: publicPem }],
    ['WECHAT_PAY_API_V3_KEY', { ...WECHAT_PAY, WECHAT_PAY_API_V3_KEY: 'short' }],
    ['WECHAT_PAY_PUBLIC_KEY_ID', { ...WECHAT_PAY, WECHAT_PAY_PUBLIC_KEY: publicPem, WECHAT_PAY_PUBLIC_KEY_ID: '01' }],
  ])('with a wrong %s is not started', (name, environment) => {
    expect(() => loadConfig(environment)).toThrow(new RegExp(`- ${name}: `));
  });
});

describe('a key is read', () => {
  const bare = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'der' }).toString('base64');

  test.each([
    ['PEM', pem],
    ['PEM on one line', pem.replaceAll('\n', String.raw`\n`)],
    ['PKCS#1 PEM', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['bare PKCS#8', bare('pkcs8')],
    ['bare PKCS#1', bare('pkcs1')],
  ])('as %s', (_form, text) => {
    expect(readRsaPrivateKey(text).equals(privateKey)).toBe(true);
    expect(isRsaPublicKey(text)).toBe(false);
  });

  test.each([
    ['PEM', publicPem],
    ['PEM on one line', publicPem.replaceAll('\n', String.raw`\n`)],
    ['bare', publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
  ])('of the other side as %s', (_form, text) => {
    expect(readRsaPublicKey(text).equals(publicKey)).toBe(true);
    expect(isRsaPrivateKey(text)).toBe(false);
  });

  test('only if it is one, and RSA', () => {
    const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(['', 'key', other, '-----BEGIN PRIVATE KEY-----'].filter((text) => isRsaPrivateKey(text) || isRsaPublicKey(text))).toEqual([]);
  });
});
