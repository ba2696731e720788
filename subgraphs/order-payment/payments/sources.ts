import type { UserErrorData } from '#platform/errors.ts';
import type { Payment as PaymentEntity, PaymentAnomaly as PaymentAnomalyEntity } from './entities.ts';
import type { ProviderAction } from './providers/provider.ts';

export const PAYMENT_FIELDS = [
  'createdAt',
  'groupId',
  'method',
  'client',
  'returnUrl',
  'wechatOpenId',
  'provider',
  'status',
  'amount',
  'currency',
  'action',
  'failure',
  'reference',
  'expiresAt',
  'captured',
  'capturedCurrency',
  'succeededAt',
  'refundPending',
  'refunded',
] as const satisfies (keyof PaymentEntity)[];

export const ANOMALY_FIELDS = [
  'kind',
  'paymentId',
  'groupId',
  'provider',
  'providerReference',
  'amount',
  'currency',
  'expectedAmount',
  'expectedCurrency',
  'detectedAt',
  'resolution',
  'resolvedAt',
  'note',
  'execution',
] as const satisfies (keyof PaymentAnomalyEntity)[];

/** What the resolvers of each type start from. */
export type Payment = Pick<PaymentEntity, (typeof PAYMENT_FIELDS)[number]> & { readonly id: string };
export type PaymentAnomaly = Pick<PaymentAnomalyEntity, (typeof ANOMALY_FIELDS)[number]> & { readonly id: string };
export type PaymentFailure = NonNullable<Payment['failure']> & { readonly retryable: boolean };
export type QrCodeAction = Extract<ProviderAction, { type: 'QR_CODE' }>;
export type RedirectAction = Extract<ProviderAction, { type: 'REDIRECT' }>;
export type ClientConfirmAction = Extract<ProviderAction, { type: 'CLIENT_CONFIRM' }>;
export type AppInvokeAction = Extract<ProviderAction, { type: 'APP_INVOKE' }>;
export interface AlreadyPaidError extends UserErrorData {
  readonly paymentId: string;
}
