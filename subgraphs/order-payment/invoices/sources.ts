import type { Invoice as InvoiceEntity } from './entities.ts';

export const INVOICE_FIELDS = [
  'kind',
  'number',
  'orderId',
  'orderNumber',
  'merchantId',
  'merchantName',
  'title',
  'taxId',
  'email',
  'address',
  'currency',
  'amount',
  'lines',
  'shipping',
  'taxes',
  'settledRefundIds',
  'invoiceNumber',
  'refundRequestId',
  'refundNumber',
  'issuedAt',
] as const satisfies (keyof InvoiceEntity)[];

/** What the resolvers start from. */
export type Invoice = Pick<InvoiceEntity, (typeof INVOICE_FIELDS)[number]> & { readonly id: string };
