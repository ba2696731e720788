import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpHandler, sendText } from '#platform/http.ts';
import type { SubgraphRuntime } from '#platform/subgraph.ts';
import type { Context } from '../context.ts';
import { INVOICE_PREFIX, isSigned } from './addresses.ts';
import { invoicePage, type Language } from './page.ts';

/** A document is its owner's: nothing keeps it, frames it, finds it, or tells others where it is. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'private, no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
} as const;

/** `GET /invoices/<id>?lang=&expires=&signature=`: the page of a document, for whoever has its signed address. */
export const invoiceHandler =
  (runtime: SubgraphRuntime<Context>): HttpHandler =>
  async (request, response) => {
    try {
      await serve(runtime, request, response);
    } catch (error) {
      runtime.log.error({ error: String(error), stack: error instanceof Error ? error.stack : undefined }, 'an invoice could not be shown');
      sendText(response, 500, 'The invoice cannot be shown at present; try again.');
    }
  };

async function serve({ config, systemContext }: SubgraphRuntime<Context>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'Invoices are read by GET.');
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://invoices');
  const id = pathname.slice(INVOICE_PREFIX.length);
  const invoice = isSigned(config, id, searchParams) ? await systemContext().loaders.invoice.load(id) : null;
  if (!invoice) return sendText(response, 404, 'There is no such invoice, or its address has lapsed: read it anew from the order.');
  const language: Language = searchParams.get('lang') === 'zh' ? 'zh' : 'en';
  searchParams.set('lang', language === 'zh' ? 'en' : 'zh');
  const body = Buffer.from(invoicePage(invoice, language, `?${searchParams.toString()}`));
  response.writeHead(200, { ...HEADERS, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
