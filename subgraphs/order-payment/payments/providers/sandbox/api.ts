import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Company, PaymentDocument } from './company.ts';
import { Refusal, readBody, replyJson } from './http.ts';
import { describePayment, describeRefund } from './notifications.ts';
import { closePayment, createPayment, findPayment } from './payments.ts';
import { createRefund, findRefund } from './refunds.ts';
import { isSigned } from './signature.ts';

const id = z.string().min(1).max(128);
const text = z.string().max(500);
const webAddress = z.url({ protocol: /^https?$/ }).max(2_000);
const money = { amount: z.int().positive(), currency: z.string().regex(/^[A-Z]{3}$/) };

const paymentOrder = z.object({
  paymentId: id,
  method: z.enum(['ALIPAY', 'WECHAT_PAY', 'BANK_CARD']),
  client: z.string().min(1).max(32),
  ...money,
  description: text,
  merchantName: text.min(1),
  deadline: z.iso.datetime().transform((value) => new Date(value)),
  returnUrl: webAddress.optional(),
  notifyUrl: webAddress,
  locale: z.string().min(2).max(35),
});

const refundOrder = z.object({ refundKey: id, ...money, reason: text, notifyUrl: webAddress });

interface Route {
  method: 'GET' | 'POST';
  path: RegExp;
  answer: (company: Company, ids: readonly string[], body: Buffer) => Promise<unknown>;
}

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: /^\/payments$/,
    answer: async (company, _ids, body) => describeCreated(company, await createPayment(company, parse(paymentOrder, body))),
  },
  {
    method: 'GET',
    path: /^\/payments\/([^/]+)$/,
    answer: async (company, [paymentId = '']) => describePayment(await findPayment(company, paymentId), company.now()),
  },
  {
    method: 'POST',
    path: /^\/payments\/([^/]+)\/close$/,
    answer: async (company, [paymentId = '']) => describePayment(await closePayment(company, paymentId), company.now()),
  },
  {
    method: 'POST',
    path: /^\/payments\/([^/]+)\/refunds$/,
    answer: async (company, [paymentId = ''], body) => describeRefund(await createRefund(company, paymentId, parse(refundOrder, body))),
  },
  {
    method: 'GET',
    path: /^\/payments\/([^/]+)\/refunds\/([^/]+)$/,
    answer: async (company, [paymentId = '', refundKey = '']) => describeRefund(await findRefund(company, paymentId, refundKey)),
  },
];

/** The merchants' door: `/sandbox/api/…`, JSON, every request signed. */
export async function handleApi(company: Company, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  try {
    const body = await readBody(request);
    authenticate(company, request, body);
    const route = chooseRoute(request.method, path);
    const ids = (route.path.exec(path) ?? []).slice(1).map(decode);
    replyJson(response, 200, await route.answer(company, ids, body));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    replyJson(response, error.status, { error: { code: error.code, message: error.message } });
  }
}

function chooseRoute(method: string | undefined, path: string): Route {
  const there = ROUTES.filter((route) => route.path.test(path));
  if (there.length === 0) throw new Refusal(404, 'path_unknown', 'There is nothing at this path.');
  const route = there.find((candidate) => candidate.method === method);
  if (!route) throw new Refusal(405, 'method_not_allowed', `Use ${there.map((candidate) => candidate.method).join(' or ')}.`);
  return route;
}

/** The account and a fresh signature over method, path and raw body. */
function authenticate({ account, secret, now }: Company, { headers, method, url }: IncomingMessage, body: Buffer): void {
  const signature = headers['sandbox-signature'];
  const isGenuine = typeof signature === 'string' && isSigned(secret, now(), signature, `${method} ${url}.`, body);
  if (headers['sandbox-account'] !== account || !isGenuine) {
    throw new Refusal(401, 'unauthorized', 'The account is unknown, or the signature is wrong or too old.');
  }
}

function parse<T>(shape: z.ZodType<T>, body: Buffer): T {
  const parsed = shape.safeParse(parseJson(body));
  if (!parsed.success) throw new Refusal(400, 'malformed', z.prettifyError(parsed.error));
  return parsed.data;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'malformed', 'The body is not JSON.');
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, 'malformed', 'The path is not properly percent-encoded.');
  }
}

function describeCreated(company: Company, payment: PaymentDocument) {
  return {
    ...describePayment(payment, company.now()),
    deadline: payment.deadline,
    pageUrl: `${company.baseUrl()}/sandbox/pay/${payment.token}`,
    clientSecret: `${payment._id}_secret_${payment.token}`,
    publishableKey: `pk_sandbox_${company.account}`,
  };
}
