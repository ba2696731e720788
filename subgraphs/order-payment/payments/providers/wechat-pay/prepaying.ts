import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { type ActionField, type CreatePayment, type ProviderAction, type ProviderActionType, ProviderRejectedError } from '../provider.ts';
import { CURRENCY } from './objects.ts';
import { NAME } from './platform-keys.ts';
import { newNonce, secondsOf, signLines } from './signing.ts';

export interface AppIds {
  /** The official account, and the others where they have no id of their own. */
  readonly appId: string;
  readonly miniProgramAppId?: string | undefined;
  readonly mobileAppId?: string | undefined;
}

export interface Signer extends AppIds {
  readonly mchId: string;
  readonly privateKey: KeyObject;
  readonly now: () => Date;
}

/** One of WeChat Pay's products: where it is asked for, what it wants to know, and what the buyer's client does with the answer. */
export interface Product {
  readonly path: string;
  readonly appIdOf: (ids: AppIds) => string;
  readonly extra: (payment: CreatePayment) => object;
  readonly answer: z.ZodType<Prepaid>;
  readonly action: (prepaid: Prepaid, payment: CreatePayment, signer: Signer) => ProviderAction;
}

interface Prepaid {
  readonly code_url?: string | undefined;
  readonly h5_url?: string | undefined;
  readonly prepay_id?: string | undefined;
}

const field = (name: keyof Prepaid): z.ZodType<Prepaid> => z.object({ [name]: z.string().min(1) });

const NATIVE: Product = {
  path: '/v3/pay/transactions/native',
  appIdOf: ({ appId }) => appId,
  extra: () => ({}),
  answer: field('code_url'),
  action: ({ code_url: content = '' }, { deadline }) => ({ type: 'QR_CODE', content, expiresAt: deadline }),
};

const H5: Product = {
  path: '/v3/pay/transactions/h5',
  appIdOf: ({ appId }) => appId,
  extra({ clientIp }) {
    if (clientIp === undefined) throw new ProviderRejectedError(NAME, 'client_ip_missing', 'WeChat Pay wants to know from which address the buyer comes');
    return { scene_info: { payer_client_ip: clientIp, h5_info: { type: 'Wap' } } };
  },
  answer: field('h5_url'),
  action({ h5_url: page = '' }, { returnUrl }) {
    const url = returnUrl === undefined ? page : `${page}${page.includes('?') ? '&' : '?'}redirect_url=${encodeURIComponent(returnUrl)}`;
    return { type: 'REDIRECT', url, method: 'GET', formFields: [] };
  },
};

const jsapi = (appIdOf: Product['appIdOf']): Product => ({
  path: '/v3/pay/transactions/jsapi',
  appIdOf,
  extra: ({ wechatOpenId }) => ({ payer: { openid: wechatOpenId } }),
  answer: field('prepay_id'),
  action({ prepay_id: id }, _payment, signer) {
    const [appId, timeStamp, nonceStr] = [appIdOf(signer), secondsOf(signer.now()), newNonce()];
    const prepaid = `prepay_id=${id}`;
    const paySign = signLines([appId, timeStamp, nonceStr, prepaid], signer.privateKey);
    return invocation({ appId, timeStamp, nonceStr, package: prepaid, signType: 'RSA', paySign });
  },
});

const mobileAppIdOf = ({ appId, mobileAppId = appId }: AppIds): string => mobileAppId;

const APP: Product = {
  path: '/v3/pay/transactions/app',
  appIdOf: mobileAppIdOf,
  extra: () => ({}),
  answer: field('prepay_id'),
  action({ prepay_id: prepayid = '' }, _payment, signer) {
    const [appid, timestamp, noncestr] = [mobileAppIdOf(signer), secondsOf(signer.now()), newNonce()];
    const sign = signLines([appid, timestamp, noncestr, prepayid], signer.privateKey);
    return invocation({ appid, partnerid: signer.mchId, prepayid, package: 'Sign=WXPay', noncestr, timestamp, sign });
  },
};

const invocation = (params: Readonly<Record<string, string>>): ProviderAction => ({
  type: 'APP_INVOKE',
  provider: NAME,
  params: Object.entries(params).map(([name, value]): ActionField => ({ name, value })),
});

const IN_APP: Partial<Record<CreatePayment['client'], Product>> = {
  WECHAT_IN_APP: jsapi(({ appId }) => appId),
  MINI_PROGRAM: jsapi(({ appId, miniProgramAppId = appId }) => miniProgramAppId),
};

export function productFor(type: ProviderActionType, client: CreatePayment['client']): Product {
  if (type === 'QR_CODE') return NATIVE;
  return type === 'REDIRECT' ? H5 : (IN_APP[client] ?? APP);
}

const DESCRIPTION_BYTES = 127;
/** It takes no shorter time than a minute. */
const SHORTEST_MS = 61_000;

export const orderOf = (payment: CreatePayment, product: Product, signer: Signer) => ({
  appid: product.appIdOf(signer),
  mchid: signer.mchId,
  description: cut(payment.description, DESCRIPTION_BYTES),
  out_trade_no: payment.paymentId,
  time_expire: new Date(Math.max(payment.deadline.getTime(), signer.now().getTime() + SHORTEST_MS)).toISOString().replace(/\.\d+Z$/, '+00:00'),
  notify_url: payment.notifyUrl,
  amount: { total: payment.amount, currency: CURRENCY },
  ...product.extra(payment),
});

/** As much as fits into so many bytes, in whole characters. */
export function cut(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read).toWellFormed();
}
