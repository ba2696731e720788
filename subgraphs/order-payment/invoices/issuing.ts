import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { publish } from '#platform/outbox.ts';
import { findRows, rawCollection, updateRow } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import type { Order } from '../orders/sources.ts';
import { type Content, invoiceNumber, seriesOf } from './domain.ts';
import { Invoice as InvoiceEntity, InvoiceSeries } from './entities.ts';
import { INVOICE_FIELDS, type Invoice } from './sources.ts';

/** The documents of an order, in the order of their issue. */
export const documentsOf = (em: EntityManager, orderId: string): Promise<Invoice[]> =>
  findRows(em, InvoiceEntity, { orderId }, INVOICE_FIELDS, { sort: { orderId: 1, _id: 1 } });

type Particulars = Omit<Invoice, 'id' | 'number' | 'orderId' | 'orderNumber' | 'merchantId' | 'merchantName' | 'currency' | 'issuedAt' | keyof Content>;

/** Writes a document under the next number of its series: a transaction that is taken back takes no number. */
export async function issue(tx: EntityManager, order: Order, content: Content, particulars: Particulars, issuedAt: Date): Promise<Invoice> {
  const { kind } = particulars;
  const number = invoiceNumber(kind, issuedAt, await nextCount(tx, seriesOf(order.merchantId, kind, issuedAt)));
  const { merchantId, merchantName, currency } = order;
  const invoice: Invoice = {
    ...particulars,
    ...content,
    id: newId('invoice'),
    number,
    orderId: order.id,
    orderNumber: order.number,
    merchantId,
    merchantName,
    currency,
    issuedAt,
  };
  const { id, ...stored } = invoice;
  await rawCollection(tx, InvoiceEntity).insertOne({ _id: id, createdAt: issuedAt, ...stored }, sessionOf(tx));
  const told = { invoiceId: id, kind, number, orderId: order.id, merchantId, buyerId: order.buyerId, amount: invoice.amount, currency };
  await publish(tx, { topic: 'invoice.issued', subjectId: id, data: told });
  return invoice;
}

async function nextCount(tx: EntityManager, series: string): Promise<number> {
  const counted = await updateRow(tx, InvoiceSeries, { _id: series }, { $inc: { last: 1 } }, ['last']);
  if (counted) return counted.last;
  await rawCollection(tx, InvoiceSeries).insertOne({ _id: series, last: 1 }, sessionOf(tx));
  return 1;
}
