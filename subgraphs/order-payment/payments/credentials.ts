import type { Config } from '#platform/config.ts';
import { readRsaPrivateKey, readRsaPublicKey } from '#platform/rsa-keys.ts';
import type { ProviderSettings } from './providers/index.ts';

const withoutSlash = (url: string): string => url.replace(/\/$/, '');

/** Which companies have given the shop an account, and what they gave; the configuration has seen to it that nothing is missing. */
export const credentialsOf = (config: Config): Omit<ProviderSettings, 'sandbox'> => ({
  stripe: stripeOf(config),
  alipay: alipayOf(config),
  wechatPay: wechatPayOf(config),
});

function stripeOf(config: Config): ProviderSettings['stripe'] {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_PUBLISHABLE_KEY: publishableKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = config;
  if (!secretKey || !publishableKey || !webhookSecret) return undefined;
  return { apiUrl: withoutSlash(config.STRIPE_API_URL), secretKey, publishableKey, webhookSecret };
}

function alipayOf(config: Config): ProviderSettings['alipay'] {
  const { ALIPAY_APP_ID: appId, ALIPAY_PRIVATE_KEY: privateKey, ALIPAY_PUBLIC_KEY: publicKey } = config;
  if (!appId || !privateKey || !publicKey) return undefined;
  return {
    gatewayUrl: config.ALIPAY_GATEWAY_URL,
    appId,
    sellerId: config.ALIPAY_SELLER_ID,
    privateKey: readRsaPrivateKey(privateKey),
    publicKey: readRsaPublicKey(publicKey),
  };
}

function wechatPayOf(config: Config): ProviderSettings['wechatPay'] {
  const { WECHAT_PAY_APP_ID: appId, WECHAT_PAY_MCH_ID: mchId, WECHAT_PAY_SERIAL_NO: serialNo, WECHAT_PAY_API_V3_KEY: apiV3Key } = config;
  const { WECHAT_PAY_PRIVATE_KEY: privateKey, WECHAT_PAY_PUBLIC_KEY: publicKey, WECHAT_PAY_PUBLIC_KEY_ID: publicKeyId } = config;
  if (!appId || !mchId || !serialNo || !apiV3Key || !privateKey) return undefined;
  return {
    apiUrl: withoutSlash(config.WECHAT_PAY_API_URL),
    appId,
    miniProgramAppId: config.WECHAT_PAY_MINI_PROGRAM_APP_ID,
    mobileAppId: config.WECHAT_PAY_MOBILE_APP_ID,
    mchId,
    serialNo: serialNo.toUpperCase(),
    apiV3Key,
    privateKey: readRsaPrivateKey(privateKey),
    publicKey: publicKey && publicKeyId ? { id: publicKeyId, key: readRsaPublicKey(publicKey) } : undefined,
  };
}
