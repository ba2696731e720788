import { randomBytes, randomUUID } from 'node:crypto';
import { MongoServerError } from 'mongodb';
import type { CaptureTask, Company, Money, PaymentDocument, PaymentOrder, Task } from './company.ts';
import { Refusal } from './http.ts';
import { notifyAboutPayment } from './notifications.ts';

const DUPLICATE_KEY = 11000;
const LATER_MS = 2_000;

/** One payment per id; asking again with the same money is answered with the first. */
export async function createPayment(company: Company, order: PaymentOrder): Promise<PaymentDocument> {
  const payment: PaymentDocument = {
    ...order,
    _id: `SBX${Date.now()}${randomBytes(6).toString('hex').toUpperCase()}`,
    account: company.account,
    token: randomBytes(24).toString('base64url'),
    status: 'OPEN',
    createdAt: company.now(),
    refunded: 0,
    refunds: [],
    tasks: [],
  };
  try {
    await company.payments.insertOne(payment, { ignoreUndefined: true });
    return payment;
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error;
  }
  const earlier = await findPayment(company, order.paymentId);
  if (earlier.amount !== order.amount || earlier.currency !== order.currency || earlier.method !== order.method) {
    throw new Refusal(409, 'payment_id_reused', 'This paymentId was used with another amount, currency or method.');
  }
  return earlier;
}

export async function findPayment({ payments, account }: Company, paymentId: string): Promise<PaymentDocument> {
  const payment = await payments.findOne({ account, paymentId });
  if (!payment) throw new Refusal(404, 'payment_unknown', 'No payment has this paymentId.');
  return payment;
}

export function findByToken({ payments }: Company, token: string): Promise<PaymentDocument | null> {
  return payments.findOne({ token });
}

/** Closes what is open; anything else stays what it is and is answered. */
export async function closePayment(company: Company, paymentId: string): Promise<PaymentDocument> {
  const { payments, account } = company;
  const closed = await payments.findOneAndUpdate({ account, paymentId, status: 'OPEN' }, { $set: { status: 'CLOSED' } }, { returnDocument: 'after' });
  if (closed) return closed;
  const found = await findPayment(company, paymentId);
  // It came to be between the two looks.
  return found.status === 'OPEN' ? closePayment(company, paymentId) : found;
}

interface Change {
  set: Partial<PaymentDocument>;
  tasks: Task[];
}

/** What each button of the page does to an open payment. */
const BUTTONS = {
  pay: (company, payment) => capture(company, payment, payment),
  decline: (company, payment) => decline(company, payment),
  later: ({ now }) => captureLater(now()),
  twice: (company, payment) => capture(company, payment, payment, 2),
  'wrong-amount': (company, payment) => capture(company, payment, { ...payment, amount: payment.amount > 1 ? payment.amount - 1 : 2 }),
  'wrong-currency': (company, payment) => capture(company, payment, { ...payment, currency: payment.currency === 'USD' ? 'EUR' : 'USD' }),
} as const satisfies Record<string, (company: Company, payment: PaymentDocument) => Change>;

export type Button = keyof typeof BUTTONS;

export function isButton(value: unknown): value is Button {
  return typeof value === 'string' && Object.hasOwn(BUTTONS, value);
}

function capture(company: Company, payment: PaymentDocument, { amount, currency }: Money, notifications = 1): Change {
  const set = { status: 'SUCCEEDED', captured: { amount, currency, at: company.now() } } as const;
  return { set, tasks: notifyAboutPayment(company, { ...payment, ...set }, notifications) };
}

function decline(company: Company, payment: PaymentDocument): Change {
  const set = { status: 'FAILED', failure: { code: 'declined', message: 'The buyer’s bank declined the payment.' } } as const;
  return { set, tasks: notifyAboutPayment(company, { ...payment, ...set }) };
}

function captureLater(now: Date): Change {
  return { set: { status: 'PROCESSING' }, tasks: [{ id: randomUUID(), kind: 'CAPTURE', dueAt: new Date(now.getTime() + LATER_MS) }] };
}

/** The buyer pressed a button; false if the payment was not open any more. One conditional update: two presses are one. */
export async function press(company: Company, payment: PaymentDocument, button: Button): Promise<boolean> {
  const { set, tasks } = BUTTONS[button](company, payment);
  const { matchedCount } = await company.payments.updateOne(
    { _id: payment._id, status: 'OPEN', deadline: { $gt: company.now() } },
    { $set: set, $push: { tasks: { $each: tasks } } },
  );
  if (matchedCount === 1) company.launch(payment._id, tasks);
  return matchedCount === 1;
}

/** The money of `later` arrives, also after the deadline: it was on its way before. */
export async function captureNow(company: Company, reference: string, task: CaptureTask): Promise<void> {
  const payment = await company.payments.findOne({ _id: reference, status: 'PROCESSING' });
  if (!payment) return;
  const { set, tasks } = capture(company, payment, payment);
  const [notify] = tasks;
  const { matchedCount } = await company.payments.updateOne(
    { _id: reference, status: 'PROCESSING', 'tasks.id': task.id },
    { $set: { ...set, 'tasks.$': notify } },
  );
  if (matchedCount === 1) company.launch(reference, tasks);
}
