import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { StoredAddress } from '../orders/entities.ts';
import type { InvoiceKind, InvoiceLine, TaxOfRate } from './domain.ts';

/** A document that was issued: written once, never changed. */
const InvoiceSchema = defineEntity({
  name: 'Invoice',
  indexes: [
    { options: [{ merchantId: 1, number: 1 }, { unique: true }] },
    { options: [{ orderId: 1 }, { unique: true, name: 'one_invoice', partialFilterExpression: { kind: 'INVOICE' } }] },
    { options: [{ refundRequestId: 1 }, { unique: true, partialFilterExpression: { refundRequestId: { $type: 'string' } } }] },
    { options: { orderId: 1, _id: 1 } },
  ],
  properties: {
    ...baseProperties('invoice'),
    kind: p.string().$type<InvoiceKind>(),
    number: p.string(),
    orderId: p.string(),
    orderNumber: p.string(),
    merchantId: p.string(),
    merchantName: p.string(),
    title: p.string(),
    taxId: p.string().strictNullable(),
    email: p.string().strictNullable(),
    address: p.json<StoredAddress>().strictNullable(),
    currency: p.string(),
    amount: p.integer(),
    lines: p.json<readonly InvoiceLine[]>(),
    shipping: p.json<{ readonly amount: number; readonly tax: number }>(),
    taxes: p.json<readonly TaxOfRate[]>(),
    /** Of an invoice: the refunds that it takes into account; all others get credit notes. */
    settledRefundIds: p.json<readonly string[]>(),
    /** Of a credit note: which invoice it takes a part of back, and for which refund. */
    invoiceNumber: p.string().strictNullable(),
    refundRequestId: p.string().strictNullable(),
    refundNumber: p.string().strictNullable(),
    issuedAt: p.datetime(),
  },
});

export class Invoice extends InvoiceSchema.class {}
InvoiceSchema.setClass(Invoice);

/** The last number of a series; it moves in the transaction that writes the document, so that no number is left out. */
const InvoiceSeriesSchema = defineEntity({
  name: 'InvoiceSeries',
  properties: {
    /** `merchant|kind|year` */
    _id: p.string().primary(),
    last: p.integer(),
  },
});

export class InvoiceSeries extends InvoiceSeriesSchema.class {}
InvoiceSeriesSchema.setClass(InvoiceSeries);
