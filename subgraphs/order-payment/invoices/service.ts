import type { EntityManager } from '@mikro-orm/mongodb';
import { invalidStateError, notFoundError, type UserErrorData } from '#platform/errors.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { findRows } from '#platform/rows.ts';
import { isDuplicateKey, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { isBuyer } from '../orders/access.ts';
import { ACTIONS } from '../orders/actions.ts';
import { ORDER_STATUSES } from '../orders/domain.ts';
import { OrderGroup } from '../orders/entities.ts';
import type { Order } from '../orders/sources.ts';
import { changeOrder } from '../orders/transitions.ts';
import { readOrder, readRefund, written } from '../refunds/changes.ts';
import { RefundRequest } from '../refunds/entities.ts';
import { checkAddressee, creditContent, invoiceContent, nothingToInvoice, taxIdOf } from './domain.ts';
import { documentsOf, issue } from './issuing.ts';
import type { Invoice } from './sources.ts';

interface InvoiceInput {
  readonly orderId: string;
  readonly title: string;
  readonly taxId?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly idempotencyKey: string;
}

type Wish = Omit<InvoiceInput, 'idempotencyKey'>;

interface Outcome {
  readonly invoice: Invoice | null;
  readonly userErrors: UserErrorData[];
}

/** What is kept under the idempotency key. */
interface Kept {
  readonly invoiceId: string | null;
  readonly userErrors: UserErrorData[];
}

const PATH = ['input', 'orderId'];
const INVOICEABLE = ORDER_STATUSES.filter((status) => ACTIONS[status].buyer.includes('REQUEST_INVOICE'));

const refused = (...userErrors: UserErrorData[]): Kept => ({ invoiceId: null, userErrors });

export async function requestInvoice(context: Context, { idempotencyKey, ...wish }: InvoiceInput): Promise<Outcome> {
  const { em, identity, loaders } = context;
  const problems = checkAddressee(wish);
  if (problems.length > 0) return { invoice: null, userErrors: problems };
  const answer = await idempotent<Kept>({ em, identity, field: 'invoiceRequest', key: idempotencyKey, args: wish }, (complete) =>
    attempt(context, wish, complete),
  );
  if ('conflict' in answer) return { invoice: null, userErrors: [answer.conflict] };
  const { invoiceId, userErrors } = answer.result;
  return { invoice: invoiceId === null ? null : await loaders.invoice.load(invoiceId), userErrors };
}

async function attempt(context: Context, wish: Wish, complete: Complete<Kept>): Promise<Kept> {
  const kept = await unlessMeanwhile(() =>
    transaction(context.em, async (tx) => {
      const outcome = await invoiceOnce(tx, context, wish);
      await complete(outcome, tx);
      return outcome;
    }),
  );
  context.wake();
  return kept;
}

/** Where another request has written the same document, or begun the same series, the second look finds it. */
async function unlessMeanwhile<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return work();
  }
}

async function invoiceOnce(tx: EntityManager, { identity }: Context, wish: Wish): Promise<Kept> {
  const order = await readOrder(tx, wish.orderId);
  if (!order || !isBuyer(identity, order)) return refused(notFoundError(PATH, { en: 'The order', zh: '订单' }));
  const known = (await documentsOf(tx, order.id)).find(({ kind }) => kind === 'INVOICE');
  if (known) return { invoiceId: known.id, userErrors: [] };
  if (!INVOICEABLE.includes(order.status)) return refused(invalidStateError(PATH, order.status, INVOICEABLE));
  const content = invoiceContent(order);
  if (content.amount === 0) return refused(nothingToInvoice(PATH));

  const at = new Date();
  const particulars = {
    kind: 'INVOICE' as const,
    title: wish.title.trim(),
    taxId: taxIdOf(wish.taxId),
    email: wish.email ?? null,
    address: await addressOf(tx, order),
    settledRefundIds: await settledRefundIds(tx, order.id),
    invoiceNumber: null,
    refundRequestId: null,
    refundNumber: null,
  };
  const invoice = await issue(tx, order, content, particulars, at);
  // Writing the order makes a refund that succeeds meanwhile come wholly before this, or wholly after it.
  const data = [{ key: 'invoiceNumber', value: invoice.number }];
  written(await changeOrder(tx, order, [], { at, actor: 'BUYER', set: { invoicedAt: at }, events: [{ at, type: 'INVOICED', actor: 'BUYER', data }] }));
  return { invoiceId: invoice.id, userErrors: [] };
}

/** Where the bill goes, else where the goods went. */
async function addressOf(tx: EntityManager, { groupId, shippingAddress }: Order) {
  const [group] = await findRows(tx, OrderGroup, { _id: groupId }, ['billingAddress']);
  return group?.billingAddress ?? shippingAddress;
}

const settledRefundIds = async (tx: EntityManager, orderId: string): Promise<string[]> =>
  (await findRows(tx, RefundRequest, { orderId, status: 'SUCCEEDED' }, ['status'])).map(({ id }) => id);

/**
 * Money went back: where the order was invoiced before, that is credited. Repeatable: a refund has one credit note. Of a
 * refund that the invoice knows, or that comes before it, there is none.
 */
export async function creditRefund(context: Context, refundRequestId: string): Promise<void> {
  await unlessMeanwhile(() => transaction(context.em, (tx) => creditOnce(tx, refundRequestId)));
  context.wake();
}

async function creditOnce(tx: EntityManager, refundRequestId: string): Promise<void> {
  const refund = await readRefund(tx, refundRequestId);
  if (refund?.status !== 'SUCCEEDED') return;
  const documents = await documentsOf(tx, refund.orderId);
  const invoice = documents.find(({ kind }) => kind === 'INVOICE');
  const notes = documents.filter(({ kind }) => kind === 'CREDIT_NOTE');
  if (!invoice || invoice.settledRefundIds.includes(refund.id) || notes.some((note) => note.refundRequestId === refund.id)) return;
  const order = written(await readOrder(tx, refund.orderId));
  const content = creditContent(order, invoice, notes, refund);
  if (content.amount === 0) return;
  const { title, taxId, email, address } = invoice;
  const particulars = {
    kind: 'CREDIT_NOTE' as const,
    title,
    taxId,
    email,
    address,
    settledRefundIds: [],
    invoiceNumber: invoice.number,
    refundRequestId: refund.id,
    refundNumber: refund.number,
  };
  await issue(tx, order, content, particulars, new Date());
}
