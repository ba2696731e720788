import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { exchange, read, type Reply } from '../exchange.ts';
import { ProviderUnavailableError } from '../provider.ts';
import { type Params, signed, verifiedAnswer } from './signing.ts';
import { beijingTimeOf } from './texts.ts';

export const NAME = 'alipay';

export interface GatewaySettings {
  readonly gatewayUrl: string;
  readonly appId: string;
  /** The app's own, and Alipay's. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly timeoutMs?: number | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface Addresses {
  readonly notifyUrl?: string | undefined;
  readonly returnUrl?: string | undefined;
}

const SUCCESS = '10000';
/** The gateway, or what is behind it, could not say. */
const UNKNOWN_OUTCOME = /^(20000|isp\.|aop\.|ACQ\.SYSTEM_ERROR$|ACQ\.SYSTEM_EXCEPTION$)/;

const verdict = z.object({ code: z.string(), msg: z.string().default(''), sub_code: z.string().optional(), sub_msg: z.string().optional() });

export type Gateway = ReturnType<typeof createGateway>;

export function createGateway(settings: GatewaySettings) {
  const { gatewayUrl, appId, privateKey, publicKey, timeoutMs, now = () => new Date() } = settings;

  /** All that one call says, signed: to be posted, or handed to the buyer's browser or app. */
  const paramsOf = (method: string, content: object, { notifyUrl, returnUrl }: Addresses = {}): Params =>
    signed(
      {
        app_id: appId,
        method,
        format: 'JSON',
        charset: 'utf-8',
        sign_type: 'RSA2',
        timestamp: beijingTimeOf(now()),
        version: '1.0',
        ...(notifyUrl !== undefined && { notify_url: notifyUrl }),
        ...(returnUrl !== undefined && { return_url: returnUrl }),
        biz_content: JSON.stringify(content),
      },
      privateKey,
    );

  return {
    /** One answered call. An answer that Alipay did not sign tells nothing. */
    async call<T>(method: string, shape: z.ZodType<T>, content: object, addresses?: Addresses): Promise<Reply<T>> {
      const body = new URLSearchParams(paramsOf(method, content, addresses)).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', accept: 'application/json' };
      const answer = await exchange(NAME, { url: `${gatewayUrl}?charset=utf-8`, method: 'POST', headers, body }, timeoutMs);
      if (answer.status !== 200) throw new ProviderUnavailableError(NAME, `${method} was answered with ${answer.status}`);
      const text = verifiedAnswer(answer.body.toString('utf8'), method, publicKey);
      if (text === null)
        throw new ProviderUnavailableError(NAME, `${method} was answered without a valid signature: ${answer.body.toString('utf8').slice(0, 300)}`);
      const { code, msg, sub_code: subCode = code, sub_msg: subMsg = msg } = read(NAME, verdict, text, method);
      if (code === SUCCESS) return { answer: read(NAME, shape, text, method) };
      if (UNKNOWN_OUTCOME.test(code) || UNKNOWN_OUTCOME.test(subCode)) throw new ProviderUnavailableError(NAME, `${method}: ${subCode} ${subMsg}`);
      return { refusal: { code: subCode, message: subMsg } };
    },

    /** The same as an address for the buyer's browser. */
    pageUrl: (method: string, content: object, addresses: Addresses): string =>
      `${gatewayUrl}?${new URLSearchParams(paramsOf(method, content, addresses)).toString()}`,

    /** The same as the text that Alipay's SDK takes in an app. */
    orderString: (method: string, content: object, addresses: Addresses): string =>
      Object.entries(paramsOf(method, content, addresses))
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join('&'),
  };
}
