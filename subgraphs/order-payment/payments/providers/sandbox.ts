import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { actionTypesFor, chooseAction, needsWechatOpenId } from './actions.ts';
import { exchange, isOutage, parseJson, read } from './exchange.ts';
import {
  type CreatePayment,
  InvalidNotificationError,
  type PaymentProvider,
  type ProviderAction,
  type ProviderActionType,
  type ProviderNotification,
  type ProviderPayment,
  ProviderRejectedError,
  ProviderUnavailableError,
  type RawNotification,
} from './provider.ts';

export interface SandboxSettings {
  /** Where the company's API is reached, without `/sandbox`; read at each call, since a port may be known late. */
  apiUrl: () => string;
  account: string;
  secret: string;
  timeoutMs?: number | undefined;
  now?: (() => Date) | undefined;
}

const NAME = 'sandbox';
const TOLERANCE_SECONDS = 300;
const TEXT_LIMIT = 500;

const instant = z.iso.datetime().transform((text) => new Date(text));
const failureAnswer = z.object({ code: z.string(), message: z.string() });
const money = { amount: z.int().nonnegative(), currency: z.string().length(3) };

const COMPANY_STATUSES = {
  OPEN: 'REQUIRES_ACTION',
  PROCESSING: 'PROCESSING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CLOSED: 'CLOSED',
} as const satisfies Record<string, ProviderPayment['status']>;

const paymentAnswer = z.object({
  paymentId: z.string(),
  reference: z.string(),
  status: z.enum(['OPEN', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CLOSED']).transform((status) => COMPANY_STATUSES[status]),
  ...money,
  paidAt: instant.optional(),
  failure: failureAnswer.optional(),
});

const createdAnswer = paymentAnswer.extend({
  pageUrl: z.url(),
  clientSecret: z.string(),
  publishableKey: z.string(),
  deadline: instant,
});

const refundAnswer = z.object({
  refundKey: z.string(),
  status: z.enum(['PENDING', 'SUCCEEDED', 'FAILED']),
  reference: z.string(),
  ...money,
  succeededAt: instant.optional(),
  failure: failureAnswer.optional(),
});

const notificationBody = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('PAYMENT'), id: z.string(), account: z.string(), payment: paymentAnswer }),
  z.object({ kind: z.literal('REFUND'), id: z.string(), account: z.string(), payment: paymentAnswer, refund: refundAnswer }),
]);

const errorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const UNKNOWN: ReadonlySet<string> = new Set(['payment_unknown', 'refund_unknown']);

type Answered = z.infer<typeof paymentAnswer>;
type Created = z.infer<typeof createdAnswer>;

function paymentOf(answer: Answered): ProviderPayment;
function paymentOf(answer: Answered | null): ProviderPayment | null;
function paymentOf(answer: Answered | null): ProviderPayment | null {
  if (!answer) return null;
  const { reference, status, amount, currency, paidAt, failure } = answer;
  return { reference, status, amount, currency, paidAt, failure };
}

const ACTION_MAKERS: Record<ProviderActionType, (created: Created) => ProviderAction> = {
  QR_CODE: ({ pageUrl, deadline }) => ({ type: 'QR_CODE', content: pageUrl, expiresAt: deadline }),
  REDIRECT: ({ pageUrl }) => ({ type: 'REDIRECT', url: pageUrl, method: 'GET', formFields: [] }),
  CLIENT_CONFIRM: ({ publishableKey, clientSecret }) => ({ type: 'CLIENT_CONFIRM', provider: NAME, publishableKey, clientSecret }),
  APP_INVOKE: ({ pageUrl }) => ({ type: 'APP_INVOKE', provider: NAME, params: [{ name: 'url', value: pageUrl }] }),
};

/** Our side of the sandbox company: knows its API and its signatures, and nothing else about it. */
export function createSandboxProvider(settings: SandboxSettings): PaymentProvider {
  const now = settings.now ?? (() => new Date());
  const call = createCaller(settings, now);
  const paymentPath = (paymentId: string) => `/sandbox/api/payments/${encodeURIComponent(paymentId)}`;

  return {
    name: NAME,
    methods: ['ALIPAY', 'WECHAT_PAY', 'BANK_CARD'],
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' },
    currencies: null,
    hasDeadlines: true,
    actionTypes: actionTypesFor,
    needsWechatOpenId,

    async create(payment) {
      const type = chooseAction(NAME, payment, needsWechatOpenId);
      const created = found(await call('POST', '/sandbox/api/payments', createdAnswer, shortened(payment)));
      return { payment: paymentOf(created), action: created.status === 'REQUIRES_ACTION' ? ACTION_MAKERS[type](created) : null };
    },
    query: async (paymentId) => paymentOf(await call('GET', paymentPath(paymentId), paymentAnswer)),
    close: async (paymentId) => paymentOf(await call('POST', `${paymentPath(paymentId)}/close`, paymentAnswer, {})),
    async refund({ paymentId, ...refund }) {
      return found(await call('POST', `${paymentPath(paymentId)}/refunds`, refundAnswer, refund));
    },
    queryRefund: (refundKey, paymentId) => call('GET', `${paymentPath(paymentId)}/refunds/${encodeURIComponent(refundKey)}`, refundAnswer),
    verifyNotification: async (raw) => verify(raw, settings, now()),
  };
}

/** The company shows the texts to the buyer and limits their length; a long list of merchants is no reason to refuse money. */
function shortened(payment: CreatePayment): CreatePayment {
  const shorten = (text: string) => text.slice(0, TEXT_LIMIT).toWellFormed();
  return { ...payment, description: shorten(payment.description), merchantName: shorten(payment.merchantName) };
}

function found<T>(answer: T | null): T {
  if (answer === null) throw new ProviderRejectedError(NAME, 'not_found', 'the company does not know this payment');
  return answer;
}

/** One signed call: the answer, or null where the company knows of no such thing. */
function createCaller({ apiUrl, account, secret, timeoutMs }: SandboxSettings, now: () => Date) {
  return async function call<T>(method: 'GET' | 'POST', path: string, shape: z.ZodType<T>, content?: object): Promise<T | null> {
    const body = content ? JSON.stringify(content) : '';
    const timestamp = Math.floor(now().getTime() / 1000);
    const signature = createHmac('sha256', secret).update(`${timestamp}.${method} ${path}.${body}`).digest('hex');
    const headers = {
      'sandbox-account': account,
      'sandbox-signature': `t=${timestamp},v1=${signature}`,
      ...(content && { 'content-type': 'application/json' }),
    };
    const { status, body: answer } = await exchange(NAME, { url: `${apiUrl()}${path}`, method, headers, body: content && body }, timeoutMs);
    if (isOutage(status)) throw new ProviderUnavailableError(NAME, `${method} ${path} was answered with ${status}`);
    return status < 300 ? read(NAME, shape, answer.toString(), path) : refuse(answer.toString(), status, path);
  };
}

/** Only the company's own word counts as "unknown": a 404 of something in between must not pass for it. */
function refuse(text: string, status: number, path: string): null {
  const { error } = read(NAME, errorAnswer, text, path);
  if (UNKNOWN.has(error.code)) return null;
  throw new ProviderRejectedError(NAME, error.code, `${error.message} (${status})`);
}

function verify({ headers, body }: RawNotification, { secret, account }: SandboxSettings, now: Date): ProviderNotification {
  const header = headers['sandbox-signature'];
  const [, timestamp, signature] = (typeof header === 'string' && /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header)) || [];
  if (!timestamp || !signature) throw new InvalidNotificationError(NAME, 'the signature header is missing or malformed');
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new InvalidNotificationError(NAME, 'the signature does not match');
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new InvalidNotificationError(NAME, `the timestamp is more than ${TOLERANCE_SECONDS} seconds off`);
  }

  const parsed = notificationBody.safeParse(parseJson(body.toString('utf8')));
  if (!parsed.success) throw new InvalidNotificationError(NAME, 'the body is not a notification');
  const event = parsed.data;
  if (event.account !== account) throw new InvalidNotificationError(NAME, 'it is for another account');

  const about = { eventId: event.id, paymentId: event.payment.paymentId };
  return event.kind === 'PAYMENT' ? { kind: 'PAYMENT', ...about, payment: paymentOf(event.payment) } : { kind: 'REFUND', ...about, refund: event.refund };
}
