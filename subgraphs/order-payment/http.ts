import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLargeError, type HttpRoutes, readBody, sendText } from '#platform/http.ts';
import type { SubgraphRuntime } from '#platform/subgraph.ts';
import type { Context } from './context.ts';
import { INVOICE_PREFIX } from './invoices/addresses.ts';
import { invoiceHandler } from './invoices/http.ts';
import { providersOf, sandboxAccount, servesSandbox } from './payments/companies.ts';
import { InvalidNotificationError, type PaymentProvider, type RawNotification } from './payments/providers/provider.ts';
import { createSandbox, type Sandbox } from './payments/providers/sandbox/index.ts';
import { accept } from './refunds/notifications.ts';

type Runtime = SubgraphRuntime<Context>;

export const httpPrefixes = ['/psp/', '/sandbox/', INVOICE_PREFIX] as const;

/** The doors beside GraphQL: providers notify at `/psp/<name>`; the sandbox company has its pages and its API under `/sandbox/`; invoices are read as pages. */
export function http(runtime: Runtime): HttpRoutes {
  const sandbox = sandboxOf(runtime);
  return {
    '/psp/': (request, response) => serveNotification(runtime, request, response),
    [INVOICE_PREFIX]: invoiceHandler(runtime),
    ...(sandbox && { '/sandbox/': (request: IncomingMessage, response: ServerResponse) => sandbox.handle(request, response) }),
  };
}

export const prepare = async (runtime: Runtime): Promise<void> => sandboxOf(runtime)?.start();

export const close = async (runtime: Runtime): Promise<void> => sandboxOf(runtime)?.stop();

const sandboxes = new WeakMap<Runtime, Sandbox>();

/** One company per process, with a database of its own; none in production. */
function sandboxOf(runtime: Runtime): Sandbox | null {
  const { config, log } = runtime;
  if (!servesSandbox(config)) return null;
  let sandbox = sandboxes.get(runtime);
  if (!sandbox) {
    const { account, secret } = sandboxAccount(config);
    const onError = (error: unknown) => log.warn({ error: String(error) }, 'the sandbox company failed at something');
    sandbox = createSandbox({ database: runtime.openDatabase('sandbox'), baseUrl: () => config.publicUrl, secret, merchantAccount: account, onError });
    sandboxes.set(runtime, sandbox);
  }
  return sandbox;
}

const NOTIFICATION_LIMIT = 65_536;

/** Answers only after the commit: until then, to the provider, nothing has arrived, and it tells us again. */
async function serveNotification(runtime: Runtime, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?');
  const provider = providersOf(runtime.config).named(path.slice('/psp/'.length));
  if (!provider) return sendText(response, 404, 'Nobody of this name notifies us.');
  if (request.method !== 'POST') return sendText(response, 405, 'Notifications are sent by POST.');
  try {
    await take(runtime, provider, { headers: request.headers, body: await readBody(request, NOTIFICATION_LIMIT) });
    const { status, contentType, body } = provider.acknowledgement;
    sendText(response, status, body, contentType);
  } catch (error) {
    refuse(runtime, provider, response, error);
  }
}

async function take(runtime: Runtime, provider: PaymentProvider, raw: RawNotification): Promise<void> {
  const notification = await provider.verifyNotification(raw);
  await accept(runtime.systemContext(), provider.name, notification);
}

function refuse({ log }: Runtime, { name }: PaymentProvider, response: ServerResponse, error: unknown): void {
  if (error instanceof InvalidNotificationError) {
    log.warn({ provider: name, error: error.message }, 'a notification was refused');
    return sendText(response, 400, 'This notification is not authentic.');
  }
  if (error instanceof BodyTooLargeError) return sendText(response, 413, `A notification may have ${error.limit} bytes.`);
  log.error({ provider: name, error: String(error), stack: error instanceof Error ? error.stack : undefined }, 'a notification could not be dealt with');
  sendText(response, 500, 'Tell us again later.');
}
