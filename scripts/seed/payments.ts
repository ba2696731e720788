import type { OrderGroup } from '../../subgraphs/order-payment/orders/entities.ts';
import { notifyUrlOf, sandboxAccount } from '../../subgraphs/order-payment/payments/companies.ts';
import { paymentDeadline, type PaymentStatus } from '../../subgraphs/order-payment/payments/domain.ts';
import type { Payment } from '../../subgraphs/order-payment/payments/entities.ts';
import type { PaymentDocument } from '../../subgraphs/order-payment/payments/providers/sandbox/company.ts';
import { MINUTE } from './calendar.ts';
import type { Demo, Stored } from './documents.ts';
import { demoCode, demoId } from './ids.ts';
import type { PlacedGroup } from './checkout.ts';
import type { GroupDraft } from './purchases.ts';
import { randomOf } from './random.ts';

/** An attempt to pay, in the shop's books and in those of the sandbox company. */
export interface DemoPayment {
  readonly ours: Stored<Payment>;
  readonly theirs: PaymentDocument;
}

const PROVIDER = 'sandbox';

const THEIR_STATUS = { SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED', EXPIRED: 'CLOSED', CANCELLED: 'CLOSED' } as const satisfies Partial<
  Record<PaymentStatus, PaymentDocument['status']>
>;

const DECLINED = { code: 'declined', message: 'The buyer’s bank declined the payment.' };

/** An attempt that has ended, `after` so many milliseconds. */
export function attemptOf(
  demo: Demo,
  { group, orders }: PlacedGroup,
  draft: GroupDraft,
  status: keyof typeof THEIR_STATUS,
  attempt: number,
  after: number,
): DemoPayment {
  const { calendar, config } = demo;
  const age = draft.age - (2 + attempt * 3) * MINUTE;
  const id = demoId('pay', age, `${draft.number} ${attempt}`);
  const reference = `SBX${demoCode(25, id)}`;
  const createdAt = calendar.before(age);
  const endedAt = calendar.before(age - after);
  const expiresAt = deadlineOf(config.PSP_DEADLINE_MARGIN_SECONDS, group);
  const money = { amount: group.totals.total, currency: group.currency };
  const isPaid = status === 'SUCCEEDED';
  const failure = status === 'FAILED' ? DECLINED : null;
  const method = draft.buyer.country.method === 'ALIPAY' && randomOf('method', draft.number).chance(0.5) ? 'WECHAT_PAY' : draft.buyer.country.method;
  return {
    ours: {
      _id: id,
      createdAt,
      groupId: group._id,
      method,
      client: 'WEB',
      returnUrl: null,
      wechatOpenId: null,
      provider: PROVIDER,
      status,
      ...money,
      action: null,
      failure: failure && { ...failure },
      reference,
      expiresAt,
      captured: isPaid ? money.amount : null,
      capturedCurrency: isPaid ? money.currency : null,
      succeededAt: isPaid ? endedAt : null,
      refundPending: 0,
      refunded: 0,
      updatedAt: endedAt,
    },
    theirs: {
      _id: reference,
      account: sandboxAccount(config).account,
      paymentId: id,
      method,
      client: 'WEB',
      ...money,
      description: orders.map(({ number }) => number).join(', '),
      merchantName: [...new Set(orders.map(({ merchantName }) => merchantName))].join(' · '),
      deadline: expiresAt,
      notifyUrl: notifyUrlOf(config, PROVIDER),
      locale: draft.buyer.country.locale,
      token: demoCode(32, `token ${id}`),
      status: THEIR_STATUS[status],
      createdAt,
      ...(isPaid && { captured: { ...money, at: endedAt } }),
      ...(failure && { failure: { ...failure } }),
      refunded: 0,
      refunds: [],
      tasks: [],
    },
  };
}

function deadlineOf(marginSeconds: number, { placedAt, expiresAt }: Stored<OrderGroup>): Date {
  if (!placedAt || !expiresAt) throw new Error('a demo purchase has no deadline');
  return paymentDeadline(placedAt, expiresAt, marginSeconds);
}
