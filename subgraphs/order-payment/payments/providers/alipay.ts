import { z } from 'zod';
import { actionTypesFor, chooseAction } from './actions.ts';
import { createGateway, type Gateway, type GatewaySettings, NAME } from './alipay/gateway.ts';
import { readNotification } from './alipay/notifications.ts';
import { beijingTime, beijingTimeOf, yuan, yuanOf } from './alipay/texts.ts';
import { accepted, acceptedUnless } from './exchange.ts';
import {
  type CreatedPayment,
  type CreatePayment,
  type PaymentProvider,
  type ProviderAction,
  type ProviderActionType,
  type ProviderPayment,
  type ProviderRefund,
  ProviderRejectedError,
  ProviderUnavailableError,
  type RefundPayment,
} from './provider.ts';

export interface AlipaySettings extends GatewaySettings {
  /** The account that must have been paid; any of the app where it is left out. */
  readonly sellerId?: string | undefined;
}

const CURRENCY = 'CNY';
const UNKNOWN: ReadonlySet<string> = new Set(['ACQ.TRADE_NOT_EXIST']);
const OVER: ReadonlySet<string> = new Set(['ACQ.TRADE_HAS_SUCCESS', 'ACQ.TRADE_HAS_CLOSE', 'ACQ.TRADE_HAS_FINISHED']);
/** Tried, and could not be made now: the next attempt may succeed. */
const REFUND_FAILURES: ReadonlySet<string> = new Set(['ACQ.SELLER_BALANCE_NOT_ENOUGH']);
const SUBJECT_LIMIT = 256;

const precreated = z.object({ out_trade_no: z.string(), qr_code: z.string() });
const acknowledged = z.object({});

const trade = z.object({
  out_trade_no: z.string(),
  trade_no: z.string(),
  trade_status: z.enum(['WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED']),
  total_amount: yuan,
  /** Of a trade that was paid. */
  send_pay_date: beijingTime.optional(),
});

const refundAnswer = z.object({
  out_trade_no: z.string().optional(),
  out_request_no: z.string().optional(),
  trade_no: z.string().optional(),
  refund_amount: yuan.optional(),
  refund_status: z.string().optional(),
  gmt_refund_pay: beijingTime.optional(),
});

type Trade = z.infer<typeof trade>;

/** A closed trade was either never paid, or refunded in full: then it has been paid all the same. */
function statusOf({ trade_status: status, send_pay_date: paidAt }: Trade): ProviderPayment['status'] {
  if (status === 'WAIT_BUYER_PAY') return 'REQUIRES_ACTION';
  return status === 'TRADE_CLOSED' && !paidAt ? 'CLOSED' : 'SUCCEEDED';
}

const paymentOf = (answer: Trade): ProviderPayment => ({
  status: statusOf(answer),
  reference: answer.trade_no,
  amount: answer.total_amount,
  currency: CURRENCY,
  paidAt: answer.send_pay_date,
  failure: undefined,
});

/** How each action comes to be. The products differ in where the buyer is; each is contracted for with Alipay. */
const ACTION_MAKERS: Partial<Record<ProviderActionType, (gateway: Gateway, payment: CreatePayment) => ProviderAction>> = {
  REDIRECT(gateway, payment) {
    const { client, returnUrl, notifyUrl } = payment;
    const [method, product] =
      client === 'MOBILE_WEB' ? (['alipay.trade.wap.pay', 'QUICK_WAP_WAY'] as const) : (['alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY'] as const);
    const content = { ...orderOf(payment), product_code: product, ...(client === 'MOBILE_WEB' && returnUrl !== undefined && { quit_url: returnUrl }) };
    return { type: 'REDIRECT', url: gateway.pageUrl(method, content, { notifyUrl, returnUrl }), method: 'GET', formFields: [] };
  },
  APP_INVOKE(gateway, payment) {
    const content = { ...orderOf(payment), product_code: 'QUICK_MSECURITY_PAY' };
    const value = gateway.orderString('alipay.trade.app.pay', content, { notifyUrl: payment.notifyUrl });
    return { type: 'APP_INVOKE', provider: NAME, params: [{ name: 'orderString', value }] };
  },
};

const orderOf = ({ paymentId, amount, description, deadline }: CreatePayment) => ({
  out_trade_no: paymentId,
  total_amount: yuanOf(amount),
  subject: description.replaceAll(/[/=&]/g, ' ').slice(0, SUBJECT_LIMIT).toWellFormed(),
  time_expire: beijingTimeOf(deadline),
});

/**
 * Alipay's open platform. It knows of a trade only once the buyer has come to pay it: a code that nobody has scanned and
 * a page that nobody has opened can neither be asked about nor closed, and die at the deadline they carry.
 */
export function createAlipayProvider(settings: AlipaySettings): PaymentProvider {
  const gateway = createGateway(settings);
  const now = settings.now ?? (() => new Date());

  async function query(paymentId: string): Promise<ProviderPayment | null> {
    const reply = await gateway.call('alipay.trade.query', trade, { out_trade_no: paymentId });
    const answer = acceptedUnless(NAME, reply, UNKNOWN);
    if (answer && answer.out_trade_no !== paymentId) throw new ProviderUnavailableError(NAME, `asked about ${paymentId}, it answered about another trade`);
    return answer && paymentOf(answer);
  }

  async function close(paymentId: string): Promise<ProviderPayment | null> {
    // Refused where it is paid or closed already: how it stands now is what counts.
    await gateway.call('alipay.trade.close', acknowledged, { out_trade_no: paymentId });
    return query(paymentId);
  }

  async function create(payment: CreatePayment): Promise<CreatedPayment> {
    const type = chooseAction(NAME, payment, () => false);
    if (payment.currency !== CURRENCY) throw new ProviderRejectedError(NAME, 'currency_unsupported', `Alipay takes ${CURRENCY}, not ${payment.currency}`);
    if (payment.deadline <= now()) return { payment: (await close(payment.paymentId)) ?? untouched(payment, 'CLOSED'), action: null };
    const make = ACTION_MAKERS[type];
    if (make) return { payment: untouched(payment, 'REQUIRES_ACTION'), action: make(gateway, payment) };
    const reply = await gateway.call('alipay.trade.precreate', precreated, orderOf(payment), { notifyUrl: payment.notifyUrl });
    const known = reply.refusal && OVER.has(reply.refusal.code) ? await query(payment.paymentId) : null;
    if (known) return { payment: known, action: null };
    const { qr_code: content, out_trade_no: subject } = accepted(NAME, reply);
    if (subject !== payment.paymentId) throw new ProviderUnavailableError(NAME, `asked for a code for ${payment.paymentId}, it made one for another trade`);
    return { payment: untouched(payment, 'REQUIRES_ACTION'), action: { type: 'QR_CODE', content, expiresAt: payment.deadline } };
  }

  /** Null also where it has not been done yet, or failed: Alipay tells neither, and asking it again under the same key is right. */
  async function queryRefund(refundKey: string, paymentId: string): Promise<ProviderRefund | null> {
    const content = { out_trade_no: paymentId, out_request_no: refundKey, query_options: ['gmt_refund_pay'] };
    const answer = acceptedUnless(NAME, await gateway.call('alipay.trade.fastpay.refund.query', refundAnswer, content), UNKNOWN);
    if (!answer || answer.refund_status !== 'REFUND_SUCCESS') return null;
    const { refund_amount: amount, trade_no: reference } = answer;
    if (answer.out_request_no !== refundKey || answer.out_trade_no !== paymentId || amount === undefined || reference === undefined) {
      throw new ProviderUnavailableError(NAME, `asked about the refund ${refundKey}, it answered about another`);
    }
    return { refundKey, status: 'SUCCEEDED', reference, amount, currency: CURRENCY, succeededAt: answer.gmt_refund_pay, failure: undefined };
  }

  async function refund({ refundKey, paymentId, reference, amount, currency, reason }: RefundPayment): Promise<ProviderRefund> {
    if (currency !== CURRENCY) throw new ProviderRejectedError(NAME, 'currency_mismatch', `it was paid in ${CURRENCY}, not ${currency}`);
    const content = {
      out_trade_no: paymentId,
      refund_amount: yuanOf(amount),
      out_request_no: refundKey,
      refund_reason: reason.slice(0, SUBJECT_LIMIT).toWellFormed(),
    };
    const reply = await gateway.call('alipay.trade.refund', acknowledged, content);
    if (reply.refusal && REFUND_FAILURES.has(reply.refusal.code)) {
      return { refundKey, status: 'FAILED', reference, amount, currency, failure: reply.refusal };
    }
    accepted(NAME, reply);
    return (await queryRefund(refundKey, paymentId)) ?? { refundKey, status: 'PENDING', reference, amount, currency };
  }

  return {
    name: NAME,
    methods: ['ALIPAY'],
    currencies: [CURRENCY],
    hasDeadlines: true,
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'success' },
    actionTypes: (method, client) => (method === 'ALIPAY' ? actionTypesFor(method, client) : []),
    needsWechatOpenId: () => false,
    create,
    query,
    close,
    refund,
    queryRefund,
    verifyNotification: (raw) => readNotification(raw, settings, queryRefund),
  };
}

/** As long as the buyer has not come, Alipay has no number for it and nothing to say. */
const untouched = ({ paymentId, amount, currency }: CreatePayment, status: ProviderPayment['status']): ProviderPayment => ({
  status,
  reference: paymentId,
  amount,
  currency,
});
