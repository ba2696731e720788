import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Company, type Money, type PaymentDocument, statusAt } from './company.ts';
import { document, html, type Markup } from './html.ts';
import { Refusal, readBody, reply } from './http.ts';
import { type Button, findByToken, isButton, press } from './payments.ts';
import { chooseLanguage, type Language, TEXTS } from './texts.ts';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // No form-action: browsers would apply it to the redirect back to the merchant too.
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'same-origin',
};

const OUTCOMES_TO_TRY: readonly Button[] = ['later', 'twice', 'wrong-amount', 'wrong-currency'];

/** The buyer's door: the page of one payment, `/sandbox/pay/<token>` or `/sandbox/confirm?client_secret=…`. */
export async function handlePage(company: Company, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const payment = await findPaymentOf(company, url);
  const language = chooseLanguage(request.headers['accept-language'], payment?.locale ?? '');
  const { title, unknown, badRequest } = TEXTS[language];
  const show = (status: number, content: Markup) => reply(response, status, HEADERS, document(language, title, content));

  if (!payment) return show(404, html`<h1>${title}</h1><p>${unknown}</p>`);
  if (request.method === 'GET') return show(200, paymentPage(company, payment, language, url));
  if (request.method !== 'POST') return reply(response, 405, { allow: 'GET, POST' }, '');

  const button = await pressedButton(request);
  if (!button) return show(400, html`<h1>${title}</h1><p>${badRequest}</p>`);
  if (await press(company, payment, button)) return reply(response, 303, { location: returnAddress(payment) ?? pathOf(url) }, '');
  return show(409, paymentPage(company, (await findPaymentOf(company, url)) ?? payment, language, url));
}

async function findPaymentOf(company: Company, url: URL): Promise<PaymentDocument | null> {
  if (url.pathname !== '/sandbox/confirm') return findByToken(company, url.pathname.slice('/sandbox/pay/'.length));
  const [reference, token] = url.searchParams.get('client_secret')?.split('_secret_') ?? [];
  const payment = token ? await findByToken(company, token) : null;
  return payment?._id === reference ? payment : null;
}

async function pressedButton(request: IncomingMessage): Promise<Button | null> {
  const body = await readBody(request);
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': request.headers['content-type'] ?? '' } }).formData().catch(() => {
    throw new Refusal(400, 'malformed', 'The body is not a form.');
  });
  const pressed = form.get('action');
  return isButton(pressed) ? pressed : null;
}

function paymentPage({ now }: Company, payment: PaymentDocument, language: Language, url: URL): Markup {
  const texts = TEXTS[language];
  const status = statusAt(payment, now());
  return html`<h1>${texts.payTo} ${payment.merchantName}</h1>
<p class="amount"><data value="${String(payment.amount)}">${formatMoney(payment, language)}</data></p>
<p class="notice">${texts.notice}</p>
<dl>
<dt>${texts.description}</dt><dd>${payment.description}</dd>
<dt>${texts.method}</dt><dd>${texts.methods[payment.method] ?? payment.method}</dd>
<dt>${texts.deadline}</dt><dd><time datetime="${payment.deadline.toISOString()}">${formatTime(payment.deadline, language)}</time></dd>
<dt>${texts.reference}</dt><dd>${payment._id}</dd>
</dl>
${status === 'OPEN' ? buttons(language, url) : outcome(payment, texts.outcomes[status], texts.back)}`;
}

function buttons(language: Language, url: URL): Markup {
  const texts = TEXTS[language];
  const button = (value: Button, style = '') => html`<button name="action" value="${value}" class="${style}">${texts.buttons[value]}</button>\n`;
  return html`<form method="post" action="${pathOf(url)}">
${button('pay', 'primary')}${button('decline')}<fieldset><legend>${texts.tests}</legend>
${OUTCOMES_TO_TRY.map((value) => button(value))}</fieldset>
</form>`;
}

function outcome(payment: PaymentDocument, text: string, back: string): Markup {
  const address = returnAddress(payment);
  return html`<p role="status"><strong>${text}</strong></p>
${address ? html`<p><a href="${address}">${back}</a></p>` : []}`;
}

function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

/** Only ever what the merchant stated when it created the payment. */
function returnAddress({ returnUrl, paymentId }: PaymentDocument): string | null {
  if (returnUrl === undefined) return null;
  const address = new URL(returnUrl);
  address.searchParams.set('paymentId', paymentId);
  return address.href;
}

/** Exact for every safe integer, which dividing by a hundred would not be. */
function formatMoney({ amount, currency }: Money, language: Language): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  const unit = 10 ** digits;
  const minor = amount % unit;
  const fraction = String(minor).padStart(digits, '0');
  return format
    .formatToParts((amount - minor) / unit)
    .map(({ type, value }) => (type === 'fraction' ? fraction : value))
    .join('');
}

function formatTime(at: Date, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }).format(at);
}
