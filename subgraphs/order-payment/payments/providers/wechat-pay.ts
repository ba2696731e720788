import type { KeyObject } from 'node:crypto';
import { actionTypesFor, chooseAction } from './actions.ts';
import { accepted, acceptedUnless } from './exchange.ts';
import {
  type ClientKind,
  type CreatedPayment,
  type CreatePayment,
  type PaymentProvider,
  type ProviderPayment,
  type ProviderRefund,
  ProviderRejectedError,
  ProviderUnavailableError,
  type RefundPayment,
} from './provider.ts';
import { createApi, nothing, send } from './wechat-pay/api.ts';
import { readNotification } from './wechat-pay/notifications.ts';
import { CURRENCY, paymentOf, refundOf, refundShape, type Transaction, transactionShape } from './wechat-pay/objects.ts';
import { createPlatformKeys, NAME } from './wechat-pay/platform-keys.ts';
import { type AppIds, cut, orderOf, productFor } from './wechat-pay/prepaying.ts';
import type { MerchantIdentity } from './wechat-pay/signing.ts';

export interface WechatPaySettings extends MerchantIdentity, AppIds {
  readonly apiUrl: string;
  readonly apiV3Key: string;
  /** Left out by older merchants, whose messages are signed with platform certificates. */
  readonly publicKey?: { readonly id: string; readonly key: KeyObject } | undefined;
  readonly timeoutMs?: number | undefined;
  readonly now?: (() => Date) | undefined;
}

const UNKNOWN: ReadonlySet<string> = new Set(['ORDER_NOT_EXIST', 'ORDERNOTEXIST', 'RESOURCE_NOT_EXISTS']);
const OVER: ReadonlySet<string> = new Set(['ORDERPAID', 'ORDER_PAID', 'ORDER_CLOSED', 'ORDERCLOSED']);
/** Tried, and could not be made now: the next attempt may succeed. */
const REFUND_FAILURES: ReadonlySet<string> = new Set(['NOT_ENOUGH', 'NOTENOUGH']);
const REASON_BYTES = 80;

/** Within WeChat a buyer is known by his open id; everywhere else he scans, follows a page or opens the app. */
const needsWechatOpenId = (_method: string, client: ClientKind): boolean => client === 'WECHAT_IN_APP' || client === 'MINI_PROGRAM';

/** WeChat Pay, APIv3, of a merchant of its own. */
export function createWechatPayProvider(settings: WechatPaySettings): PaymentProvider {
  const { appId, mchId, publicKey, now = () => new Date() } = settings;
  const signer = { ...settings, now };
  const api = { ...signer, publicKeyId: publicKey?.id };
  const appIds = [appId, settings.miniProgramAppId, settings.mobileAppId].filter((id) => id !== undefined);
  const keyOf = createPlatformKeys({ ...signer, fetchCertificates: () => send(api, 'GET', '/v3/certificates') });
  const call = createApi(api, keyOf);
  const orderPath = (paymentId: string) => `/v3/pay/transactions/out-trade-no/${encodeURIComponent(paymentId)}`;

  async function find(paymentId: string): Promise<Transaction | null> {
    const reply = await call('GET', `${orderPath(paymentId)}?mchid=${mchId}`, transactionShape);
    const transaction = acceptedUnless(NAME, reply, UNKNOWN);
    if (transaction && (transaction.out_trade_no !== paymentId || transaction.mchid !== mchId)) {
      throw new ProviderUnavailableError(NAME, `asked about ${paymentId}, it answered about another payment`);
    }
    return transaction;
  }

  async function query(paymentId: string): Promise<ProviderPayment | null> {
    const transaction = await find(paymentId);
    return transaction && paymentOf(transaction);
  }

  async function close(paymentId: string): Promise<ProviderPayment | null> {
    // Refused where it is paid or closed already: how it stands now is what counts.
    await call('POST', `${orderPath(paymentId)}/close`, nothing, { mchid: mchId });
    return query(paymentId);
  }

  async function create(payment: CreatePayment): Promise<CreatedPayment> {
    const { paymentId, client, amount, currency } = payment;
    const product = productFor(chooseAction(NAME, payment, needsWechatOpenId), client);
    if (currency !== CURRENCY) throw new ProviderRejectedError(NAME, 'currency_unsupported', `WeChat Pay takes ${CURRENCY}, not ${currency}`);
    const state = { reference: paymentId, amount, currency };
    if (payment.deadline <= now()) return { payment: (await close(paymentId)) ?? { ...state, status: 'CLOSED' }, action: null };
    const reply = await call('POST', product.path, product.answer, orderOf(payment, product, signer));
    const known = reply.refusal && OVER.has(reply.refusal.code) ? await query(paymentId) : null;
    if (known) return { payment: known, action: null };
    return { payment: { ...state, status: 'REQUIRES_ACTION' }, action: product.action(accepted(NAME, reply), payment, signer) };
  }

  async function queryRefund(refundKey: string): Promise<ProviderRefund | null> {
    const reply = await call('GET', `/v3/refund/domestic/refunds/${encodeURIComponent(refundKey)}`, refundShape);
    const answer = acceptedUnless(NAME, reply, UNKNOWN);
    return answer && refundOf(about(refundKey, answer));
  }

  /** WeChat Pay wants to hear again what was paid in all. */
  async function refund({ refundKey, paymentId, amount, currency, reason, notifyUrl }: RefundPayment): Promise<ProviderRefund> {
    const transaction = await find(paymentId);
    const paid = transaction && paymentOf(transaction);
    if (paid?.status !== 'SUCCEEDED') throw new ProviderRejectedError(NAME, 'not_paid', `${paymentId} has not been paid`);
    if (paid.currency !== currency) throw new ProviderRejectedError(NAME, 'currency_mismatch', `it was paid in ${paid.currency}, not ${currency}`);
    const content = {
      out_trade_no: paymentId,
      out_refund_no: refundKey,
      reason: cut(reason, REASON_BYTES),
      notify_url: notifyUrl,
      amount: { refund: amount, total: paid.amount, currency },
    };
    const reply = await call('POST', '/v3/refund/domestic/refunds', refundShape, content);
    if (reply.refusal && REFUND_FAILURES.has(reply.refusal.code)) {
      return { refundKey, status: 'FAILED', reference: '', amount, currency, failure: reply.refusal };
    }
    return refundOf(about(refundKey, accepted(NAME, reply)));
  }

  return {
    name: NAME,
    methods: ['WECHAT_PAY'],
    currencies: [CURRENCY],
    hasDeadlines: true,
    acknowledgement: { status: 200, contentType: 'application/json', body: '{"code":"SUCCESS","message":"成功"}' },
    actionTypes: (method, client) => (method === 'WECHAT_PAY' ? actionTypesFor(method, client) : []),
    needsWechatOpenId,
    create,
    query,
    close,
    refund,
    queryRefund,
    verifyNotification: (raw) => readNotification(raw, { ...settings, appIds }, keyOf, now()),
  };
}

function about<T extends { out_refund_no: string }>(refundKey: string, refund: T): T {
  if (refund.out_refund_no !== refundKey) throw new ProviderUnavailableError(NAME, `asked about the refund ${refundKey}, it answered about another`);
  return refund;
}
