import type { StoredOrderLine } from '../orders/entities.ts';
import type { Order } from '../orders/sources.ts';
import type { StoredExecution } from '../payments/entities.ts';
import type { RefundRequest as RefundRequestEntity } from './entities.ts';

export const REFUND_FIELDS = [
  'createdAt',
  'number',
  'orderId',
  'merchantId',
  'buyerId',
  'type',
  'status',
  'version',
  'currency',
  'lines',
  'shippingAmount',
  'requestedAmount',
  'approvedAmount',
  'reason',
  'description',
  'evidenceMediaIds',
  'decision',
  'autoApproveAt',
  'returnTracking',
  'paymentId',
  'executionId',
  'execution',
  'timeline',
] as const satisfies (keyof RefundRequestEntity)[];

/** What the resolvers of each type start from. */
export type RefundRequest = Pick<RefundRequestEntity, (typeof REFUND_FIELDS)[number]> & { readonly id: string };
export interface RefundLine {
  readonly line: StoredOrderLine & { readonly order: Order };
  readonly quantity: number;
  readonly amount: number;
  readonly currency: string;
  readonly restock: boolean;
}
export interface RefundExecution {
  readonly id: string;
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
  readonly state: StoredExecution;
}
