import type { Collection } from 'mongodb';

/** What the parts of the company share. */
export interface Company {
  readonly payments: Collection<PaymentDocument>;
  readonly account: string;
  readonly secret: string;
  /** The public origin under which buyers reach the pages. */
  readonly baseUrl: () => string;
  readonly now: () => Date;
  /** Takes up tasks that were just written; what is not finished is found again by the runner. */
  readonly launch: (reference: string, tasks: readonly Task[]) => void;
}

export interface Money {
  amount: number;
  currency: string;
}

interface Failure {
  code: string;
  message: string;
}

export interface PaymentOrder extends Money {
  paymentId: string;
  method: string;
  client: string;
  description: string;
  merchantName: string;
  deadline: Date;
  returnUrl?: string | undefined;
  notifyUrl: string;
  locale: string;
}

/** OPEN past its deadline reads as CLOSED; see `statusAt`. */
export type PaymentStatus = 'OPEN' | 'PROCESSING' | 'SUCCEEDED' | 'FAILED' | 'CLOSED';

/** Refunds and tasks are embedded, so that every change and what follows from it is one write. */
export interface PaymentDocument extends PaymentOrder {
  /** The company's own number. */
  _id: string;
  account: string;
  /** The secret in the page's address. */
  token: string;
  status: PaymentStatus;
  createdAt: Date;
  captured?: (Money & { at: Date }) | undefined;
  failure?: Failure | undefined;
  /** Refunds succeeded and pending; moves by conditional $inc only. */
  refunded: number;
  refunds: RefundRecord[];
  tasks: Task[];
}

export interface RefundRecord extends Money {
  key: string;
  reference: string;
  reason: string;
  notifyUrl: string;
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  succeededAt?: Date | undefined;
  failure?: Failure | undefined;
}

interface TaskBase {
  id: string;
  /** While a task is being worked on, when it counts as abandoned. */
  dueAt: Date;
}

/** What is still to be done about a payment; a finished task is removed. */
export type Task = CaptureTask | SettleRefundTask | NotifyTask;
export type CaptureTask = TaskBase & { kind: 'CAPTURE' };
export type SettleRefundTask = TaskBase & { kind: 'SETTLE_REFUND'; refundKey: string };
export type NotifyTask = TaskBase & { kind: 'NOTIFY'; url: string; body: string; attempts: number; lastFailure?: string };

export const TASK_LEASE_MS = 15_000;

export async function ensureIndexes(payments: Collection<PaymentDocument>): Promise<void> {
  await payments.createIndexes([
    { key: { account: 1, paymentId: 1 }, unique: true },
    { key: { token: 1 }, unique: true },
    { key: { 'tasks.dueAt': 1 }, sparse: true },
  ]);
}

/** The company's clock closes a payment, whether or not anybody looks. */
export function statusAt({ status, deadline }: PaymentDocument, now: Date): PaymentStatus {
  return status === 'OPEN' && deadline <= now ? 'CLOSED' : status;
}
