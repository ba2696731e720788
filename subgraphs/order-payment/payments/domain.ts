/**
 * Who may follow whom. SUCCEEDED is entered once and never left. Money that arrives after another end is still money:
 * the attempt becomes SUCCEEDED, and what it paid for is settled as an anomaly.
 */
export const PAYMENT_TRANSITIONS = {
  CREATED: ['REQUIRES_ACTION', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'EXPIRED'],
  REQUIRES_ACTION: ['PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'EXPIRED'],
  PROCESSING: ['SUCCEEDED', 'FAILED', 'CANCELLED', 'EXPIRED'],
  SUCCEEDED: [],
  FAILED: ['SUCCEEDED'],
  CANCELLED: ['SUCCEEDED'],
  EXPIRED: ['SUCCEEDED'],
} as const satisfies Record<string, readonly string[]>;

export type PaymentStatus = keyof typeof PAYMENT_TRANSITIONS;

const isPaymentStatus = (status: string): status is PaymentStatus => status in PAYMENT_TRANSITIONS;
export const PAYMENT_STATUSES: readonly PaymentStatus[] = Object.keys(PAYMENT_TRANSITIONS).filter(isPaymentStatus);

export function mayBecome(from: PaymentStatus, to: PaymentStatus): boolean {
  const allowed: readonly PaymentStatus[] = PAYMENT_TRANSITIONS[from];
  return allowed.includes(to);
}

/** The statuses from which an attempt may become `to`: the condition of every update that does it. */
export const statusesBefore = (to: PaymentStatus): PaymentStatus[] => PAYMENT_STATUSES.filter((from) => mayBecome(from, to));

/** An attempt in one of these can still be paid: there is at most one of them per group. */
export const LIVE_STATUSES = ['CREATED', 'REQUIRES_ACTION', 'PROCESSING'] as const satisfies readonly PaymentStatus[];

export const isLive = (status: PaymentStatus): boolean => LIVE_STATUSES.some((live) => live === status);

export type AnomalyKind =
  | 'LATE_AFTER_EXPIRY'
  | 'LATE_AFTER_CANCEL'
  | 'DUPLICATE'
  | 'AMOUNT_MISMATCH'
  | 'CURRENCY_MISMATCH'
  | 'UNKNOWN_REFERENCE'
  | 'REFUND_FAILED'
  | 'CHARGEBACK';

export type AnomalyResolution = 'ORDER_REVIVED' | 'AUTO_REFUNDED' | 'MANUALLY_REFUNDED' | 'ACCEPTED' | 'WRITTEN_OFF';

interface Sum {
  readonly amount: number;
  readonly currency: string;
}

/** Null when the money is what was asked for. */
export function mismatchOf(asked: Sum, arrived: Sum): 'CURRENCY_MISMATCH' | 'AMOUNT_MISMATCH' | null {
  if (asked.currency !== arrived.currency) return 'CURRENCY_MISMATCH';
  return asked.amount === arrived.amount ? null : 'AMOUNT_MISMATCH';
}

/**
 * When the provider stops taking money: earlier than the order dies, by the margin, but at most by a quarter of the time
 * that the order had.
 */
export function paymentDeadline(placedAt: Date, expiresAt: Date, marginSeconds: number): Date {
  const quarter = (expiresAt.getTime() - placedAt.getTime()) / 4;
  return new Date(expiresAt.getTime() - Math.min(marginSeconds * 1000, quarter));
}

const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';

/** Where a provider may send the buyer's browser: pages of the named origins and, in development, of this machine. */
export function isReturnUrlAllowed(url: string, allowed: { readonly origins: readonly string[]; readonly loopback: boolean }): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, hostname, username, password } = new URL(url);
  if (username || password) return false;
  return allowed.origins.includes(origin) || (allowed.loopback && isLoopback(hostname));
}

/** A live attempt that was started like this is the same attempt. */
interface AttemptTerms {
  readonly method: string;
  readonly client: string;
  readonly returnUrl: string | null;
  readonly wechatOpenId: string | null;
}

export const isSameAttempt = (a: AttemptTerms, b: AttemptTerms): boolean =>
  a.method === b.method && a.client === b.client && a.returnUrl === b.returnUrl && a.wechatOpenId === b.wechatOpenId;

/** How soon it is worth looking again; null when nothing will change by itself. */
const POLL_AFTER_SECONDS: Readonly<Partial<Record<PaymentStatus, number>>> = { CREATED: 1, REQUIRES_ACTION: 2, PROCESSING: 3 };

export const pollAfterSeconds = (status: PaymentStatus): number | null => POLL_AFTER_SECONDS[status] ?? null;
