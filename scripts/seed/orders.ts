import { Order, OrderGroup } from '../../subgraphs/order-payment/orders/entities.ts';
import { EXPIRY_JOB } from '../../subgraphs/order-payment/orders/groups.ts';
import { Shipment } from '../../subgraphs/order-payment/fulfilment/entities.ts';
import { Payment } from '../../subgraphs/order-payment/payments/entities.ts';
import { RefundRequest } from '../../subgraphs/order-payment/refunds/entities.ts';
import { MINUTE } from './calendar.ts';
import { type PlacedGroup, placed } from './checkout.ts';
import { complain } from './complaints.ts';
import { type Demo, rows, type Stored, stored, type Written } from './documents.ts';
import { type JobRow, jobRow } from './jobs.ts';
import { fulfil, type Life, lifeOf, move } from './life.ts';
import { attemptOf, type DemoPayment } from './payments.ts';
import type { Goods, GroupDraft } from './purchases.ts';
import { randomOf } from './random.ts';
import { servedFrom, type StockBook } from './stock.ts';

/** A purchase with all that became of it. */
export interface Purchase {
  readonly draft: GroupDraft;
  readonly cart: PlacedGroup['cart'];
  readonly group: Stored<OrderGroup>;
  readonly lives: readonly Life[];
  readonly payments: readonly DemoPayment[];
  readonly refunds: readonly Stored<RefundRequest>[];
  readonly jobs: readonly JobRow[];
}

/** Places a purchase, pays it unless it never was, and lets each order go its way. */
export function purchase(demo: Demo, draft: GroupDraft, goodsOf: (variantId: string) => Goods, stock: StockBook): Purchase {
  const made = placed(demo, draft, goodsOf);
  const lives = draft.orders.map((order, index) => {
    const document = made.orders[index];
    if (!document) throw new Error(`the purchase ${draft.number} lacks an order`);
    return lifeOf(demo, order, document, stock);
  });
  stock.reserve(
    made.group.reservationId,
    draft.age,
    draft.orders.flatMap(({ lines, delivery }) =>
      lines.map(({ variant, quantity }) => ({ variantId: variant.id, quantity, locationId: servedFrom(variant, delivery.pickupLocationId) })),
    ),
  );
  const [first] = draft.orders;
  switch (first?.fate) {
    case 'PENDING':
      return unpaid(made, draft, lives, made.group.expiresAt ? [jobRow(EXPIRY_JOB, made.group._id, made.group.expiresAt)] : []);
    case 'EXPIRED':
      return given(demo, made, draft, lives, stock, 'EXPIRED');
    case 'ABANDONED':
      return given(demo, made, draft, lives, stock, 'CANCELLED');
    default:
      return paid(demo, made, draft, lives);
  }
}

const unpaid = (
  { cart, group }: PlacedGroup,
  draft: GroupDraft,
  lives: readonly Life[],
  jobs: readonly JobRow[],
  payments: readonly DemoPayment[] = [],
): Purchase => ({
  draft,
  cart,
  group,
  lives,
  payments,
  refunds: [],
  jobs,
});

/** Never paid: time was up, or the buyer gave it up. Every second one had been about to pay. */
function given(demo: Demo, made: PlacedGroup, draft: GroupDraft, lives: readonly Life[], stock: StockBook, to: 'EXPIRED' | 'CANCELLED'): Purchase {
  const { group } = made;
  const isExpiry = to === 'EXPIRED';
  const after = isExpiry ? demo.config.ORDER_EXPIRY_SECONDS * 1000 : 12 * MINUTE;
  const age = draft.age - after;
  const tried = randomOf('tried', draft.number).chance(0.5) ? [attemptOf(demo, made, draft, to, 1, after - 5 * MINUTE)] : [];
  for (const life of lives) {
    move(life, [to], { age, actor: isExpiry ? 'SYSTEM' : 'BUYER', set: { expiresAt: null }, data: isExpiry ? [] : [{ key: 'reason', value: 'CHANGED_MIND' }] });
  }
  stock.release(group.reservationId, `${group._id}-${to.toLowerCase()}`, age, null);
  return unpaid({ ...made, group: { ...group, status: to, version: group.version + 1 } }, draft, lives, [], tried);
}

function paid(demo: Demo, made: PlacedGroup, draft: GroupDraft, lives: readonly Life[]): Purchase {
  const declined = randomOf('declined', draft.number).chance(0.1) ? [attemptOf(demo, made, draft, 'FAILED', 1, MINUTE)] : [];
  const payment = attemptOf(demo, made, draft, 'SUCCEEDED', declined.length + 1, MINUTE);
  const { _id: paymentId, succeededAt: paidAt } = payment.ours;
  const paidAge = demo.calendar.now.getTime() - (paidAt?.getTime() ?? 0);
  const refunds = lives.flatMap((life) => {
    move(life, ['PAID'], {
      age: paidAge,
      actor: 'PAYMENT_PROVIDER',
      set: { paymentStatus: 'PAID', paidAt, paymentMethod: payment.ours.method, expiresAt: null },
      data: [{ key: 'paymentId', value: paymentId }],
    });
    const refund = complain(life, payment, fulfil(life, paidAge));
    return refund ? [refund] : [];
  });
  const { group, cart } = made;
  return {
    draft,
    cart,
    group: { ...group, status: 'PAID', version: group.version + 1, paymentId, paidAt },
    lives,
    payments: [...declined, payment],
    refunds,
    jobs: lives.flatMap(({ jobs }) => jobs),
  };
}

export function orderDocuments(purchases: readonly Purchase[]): Written[] {
  const lives = purchases.flatMap((bought) => bought.lives);
  const payments = purchases.flatMap((bought) => bought.payments);
  return [
    stored(
      'order-payment',
      OrderGroup,
      purchases.map(({ group }) => group),
    ),
    stored(
      'order-payment',
      Order,
      lives.map(({ order: { id, ...order } }) => ({ _id: id, createdAt: order.placedAt, ...order })),
    ),
    stored(
      'order-payment',
      Shipment,
      lives.flatMap(({ shipments }) => shipments),
    ),
    stored(
      'order-payment',
      Payment,
      payments.map(({ ours }) => ours),
    ),
    stored(
      'order-payment',
      RefundRequest,
      purchases.flatMap(({ refunds }) => refunds),
    ),
    rows(
      'order-payment',
      'jobs',
      purchases.flatMap(({ jobs }) => jobs),
    ),
    rows(
      'sandbox',
      'payments',
      payments.map(({ theirs }) => theirs),
    ),
  ];
}
