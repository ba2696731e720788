/**
 * What a payment provider can do for us. Amounts are integers in minor units.
 *
 * Every call is idempotent under the key it is given, so that a caller who did not learn the outcome asks again.
 * Two errors are expected: `ProviderUnavailableError` (the outcome is unknown; ask again) and `ProviderRejectedError`
 * (nothing was done, and asking again changes nothing).
 */
export type PaymentMethodKind = 'ALIPAY' | 'WECHAT_PAY' | 'BANK_CARD' | 'COMPANY_CREDIT';

export type ClientKind = 'WEB' | 'MOBILE_WEB' | 'IOS' | 'ANDROID' | 'WECHAT_IN_APP' | 'MINI_PROGRAM' | 'POS';

export interface ActionField {
  name: string;
  value: string;
}

/** What the buyer's client must do next. */
export type ProviderAction =
  | { type: 'QR_CODE'; content: string; expiresAt: Date }
  | { type: 'REDIRECT'; url: string; method: 'GET' | 'POST'; formFields: ActionField[] }
  | { type: 'CLIENT_CONFIRM'; provider: string; publishableKey: string; clientSecret: string }
  | { type: 'APP_INVOKE'; provider: string; params: ActionField[] };

export type ProviderActionType = ProviderAction['type'];

export interface ProviderFailure {
  code: string;
  message: string;
}

export interface ProviderPayment {
  /** PROCESSING: the buyer has paid, the money has not arrived. Such a payment cannot be closed and may still succeed. */
  status: 'REQUIRES_ACTION' | 'PROCESSING' | 'SUCCEEDED' | 'FAILED' | 'CLOSED';
  /** The provider's own number of the payment; ours until it has one, where it numbers only what is being paid. */
  reference: string;
  /** What was captured once the payment has succeeded, which need not be what was asked for; until then what was asked. */
  amount: number;
  currency: string;
  paidAt?: Date | undefined;
  failure?: ProviderFailure | undefined;
}

export interface ProviderRefund {
  refundKey: string;
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  reference: string;
  amount: number;
  currency: string;
  succeededAt?: Date | undefined;
  failure?: ProviderFailure | undefined;
}

export interface CreatePayment {
  /** The provider's idempotency key. */
  paymentId: string;
  method: PaymentMethodKind;
  client: ClientKind;
  amount: number;
  currency: string;
  description: string;
  merchantName: string;
  /** After this the provider takes no money, if it `hasDeadlines`. */
  deadline: Date;
  returnUrl?: string | undefined;
  notifyUrl: string;
  wechatOpenId?: string | undefined;
  /** The buyer's address, which some wallets compare with the one that comes to pay. */
  clientIp?: string | undefined;
  locale: string;
}

export interface RefundPayment {
  /** The provider's idempotency key: the execution's id and attempt. */
  refundKey: string;
  paymentId: string;
  reference: string;
  amount: number;
  currency: string;
  reason: string;
  notifyUrl: string;
}

export interface RawNotification {
  headers: Record<string, string | string[] | undefined>;
  /** The bytes as they came: a parsed and re-serialised body has another signature. */
  body: Buffer;
}

/**
 * An authentic message of the provider about our account. `eventId` is the same for every repetition. OTHER: it is about
 * nothing of ours, such as a payment that another system takes on the same account, and is only acknowledged.
 */
export type ProviderNotification =
  | { kind: 'PAYMENT'; eventId: string; paymentId: string; payment: ProviderPayment }
  | { kind: 'REFUND'; eventId: string; paymentId: string; refund: ProviderRefund }
  | { kind: 'OTHER'; eventId: string; topic: string };

export interface CreatedPayment {
  payment: ProviderPayment;
  /** Null when there is nothing left to do. */
  action: ProviderAction | null;
}

export interface PaymentProvider {
  readonly name: string;
  readonly methods: readonly PaymentMethodKind[];
  /** Null: any. */
  readonly currencies: readonly string[] | null;
  /** Where it has none, somebody must close what was not paid in time. */
  readonly hasDeadlines: boolean;
  /** The actions `create` may answer with for this method on this client; none if it cannot be used there. */
  actionTypes(method: PaymentMethodKind, client: ClientKind): readonly ProviderActionType[];
  needsWechatOpenId(method: PaymentMethodKind, client: ClientKind): boolean;
  create(request: CreatePayment): Promise<CreatedPayment>;
  /** Null: the provider never heard of it. */
  query(paymentId: string, reference?: string): Promise<ProviderPayment | null>;
  /** The state after trying: SUCCEEDED if it was paid already, PROCESSING if it could not be closed. */
  close(paymentId: string, reference?: string): Promise<ProviderPayment | null>;
  /** A refund that the provider tried and could not make is answered as FAILED; one that it will not try is rejected. */
  refund(request: RefundPayment): Promise<ProviderRefund>;
  queryRefund(refundKey: string, paymentId: string, reference?: string): Promise<ProviderRefund | null>;
  /** @throws InvalidNotificationError unless the provider sent exactly these bytes, to our account. */
  verifyNotification(raw: RawNotification): Promise<ProviderNotification>;
  /** What the provider wants to hear once a notification has been dealt with. */
  readonly acknowledgement: { readonly status: number; readonly contentType: string; readonly body: string };
}

/** Nobody knows whether it was done: ask again under the same key. */
export class ProviderUnavailableError extends Error {
  readonly provider: string;

  constructor(provider: string, message: string, options?: ErrorOptions) {
    super(`${provider}: ${message}`, options);
    this.name = 'ProviderUnavailableError';
    this.provider = provider;
  }
}

/** It was not done and will not be, asked like this. */
export class ProviderRejectedError extends Error {
  readonly provider: string;
  readonly code: string;

  constructor(provider: string, code: string, message: string) {
    super(`${provider}: ${message}`);
    this.name = 'ProviderRejectedError';
    this.provider = provider;
    this.code = code;
  }
}

export class InvalidNotificationError extends Error {
  readonly provider: string;

  constructor(provider: string, message: string) {
    super(`${provider}: ${message}`);
    this.name = 'InvalidNotificationError';
    this.provider = provider;
  }
}
