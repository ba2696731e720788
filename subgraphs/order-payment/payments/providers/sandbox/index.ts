import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Db } from 'mongodb';
import { handleApi } from './api.ts';
import { type Company, ensureIndexes, type PaymentDocument, type Task } from './company.ts';
import { deliver } from './delivery.ts';
import { Refusal, reply } from './http.ts';
import { handlePage } from './page.ts';
import { captureNow } from './payments.ts';
import { settleRefund } from './refunds.ts';
import { createRunner } from './runner.ts';

export interface SandboxOptions {
  /** The company's own database. */
  database: Db;
  /** The public origin its pages are linked under. */
  baseUrl: () => string;
  /** Shared with the merchant: signs its requests and the company's notifications. */
  secret: string;
  merchantAccount: string;
  now?: (() => Date) | undefined;
  /** Hears of what went wrong behind the scenes; a warning of the process by default. */
  onError?: ((error: unknown) => void) | undefined;
}

export interface Sandbox {
  /** Serves everything under `/sandbox/`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A payment company in small, for development and tests: keeps its own books, shows buyers a page to pay on, and
 * notifies merchants. It stands outside the shop, which knows no more of it than its HTTP interface.
 */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { database, baseUrl, secret, merchantAccount: account, now = () => new Date(), onError = warn } = options;
  const payments = database.collection<PaymentDocument>('payments');
  const runner = createRunner({ payments, now, run, onError });
  const company: Company = { payments, account, secret, baseUrl, now, launch: runner.launch };

  async function run(reference: string, task: Task, cutOff: AbortSignal): Promise<void> {
    switch (task.kind) {
      case 'CAPTURE':
        return captureNow(company, reference, task);
      case 'SETTLE_REFUND':
        return settleRefund(company, reference, task);
      case 'NOTIFY': {
        const tryAgainAt = await deliver(company, reference, task, cutOff);
        if (tryAgainAt) runner.wakeAt(tryAgainAt);
      }
    }
  }

  return {
    async handle(request, response) {
      try {
        await route(company, request, response);
      } catch (error) {
        if (!(error instanceof Refusal)) onError(error);
        answerFailure(response, error);
      }
    },
    async start() {
      await ensureIndexes(payments);
      runner.start();
    },
    stop: () => runner.stop(),
  };
}

async function route(company: Company, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://sandbox');
  if (!url) throw new Refusal(400, 'malformed', 'The path is malformed.');
  const [, api] = /^\/sandbox\/api(\/.*)$/.exec(url.pathname) ?? [];
  if (api) return handleApi(company, request, response, api);
  if (/^\/sandbox\/(confirm|pay\/[^/]+)$/.test(url.pathname)) return handlePage(company, request, response, url);
  throw new Refusal(404, 'path_unknown', 'There is nothing at this path.');
}

function answerFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const [status, message] = error instanceof Refusal ? [error.status, error.message] : [500, 'The sandbox failed; try again.'];
  reply(response, status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }, message);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
