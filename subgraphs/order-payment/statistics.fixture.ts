import { newId } from '#platform/entity.ts';

/** A trade as the books hold it, made up at random, and every figure of it counted by hand. */

export interface MadeOrder {
  readonly _id: string;
  readonly groupId: string;
  readonly number: string;
  readonly merchantId: string;
  readonly buyerId: string | null;
  readonly guestId: string | null;
  readonly currency: string;
  readonly status: string;
  readonly paymentMethod: string | null;
  readonly placedAt: Date;
  readonly paidAt: Date | null;
  readonly totals: { readonly shipping: number; readonly total: number };
  readonly lines: readonly { readonly id: string; readonly productId: string; readonly quantity: number; readonly total: number }[];
}

export interface MadeRefund {
  readonly _id: string;
  readonly number: string;
  readonly executionId: string;
  readonly orderId: string;
  readonly merchantId: string;
  readonly currency: string;
  readonly status: string;
  readonly approvedAmount: number;
  readonly lines: readonly { readonly orderLineId: string; readonly quantity: number; readonly amount: number }[];
  readonly execution: { readonly status: string; readonly succeededAt: Date | null } | null;
}

/** A small generator of its own, so that a failure can be had again by its seed. */
function drawing(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const upTo = (count: number): number => Math.floor(next() * count);
  return { upTo, chance: (share: number) => next() < share, pick: <T>(values: readonly T[]): T => values[upTo(values.length)] as T };
}

const CURRENCIES = ['EUR', 'CNY', 'JPY'] as const;
const METHODS = ['ALIPAY', 'WECHAT_PAY', 'BANK_CARD'] as const;

/** Orders of every fate between two instants: among them dear ones, some over nothing, and some paid long after they were placed. */
export function randomTrade(seed: number, merchants: readonly string[], count: number, [from, to]: readonly [Date, Date]) {
  const { upTo, chance, pick } = drawing(seed);
  const products = Array.from({ length: 12 }, (_, index) => `prod_${index}`);
  const buyers = Array.from({ length: Math.ceil(count / 4) }, (_, index) =>
    index % 5 === 0 ? { buyerId: null, guestId: `guest_${index}` } : { buyerId: `user_${index}`, guestId: null },
  );
  const orders: MadeOrder[] = [];
  const refunds: MadeRefund[] = [];
  for (let index = 0; index < count; index++) {
    const isFree = chance(0.05);
    const lines = Array.from({ length: 1 + upTo(4) }, () => {
      const quantity = 1 + upTo(3);
      return { id: newId('oline'), productId: pick(products), quantity, total: isFree ? 0 : quantity * (chance(0.05) ? 3_000_000_007 : 1 + upTo(50_000)) };
    });
    const shipping = isFree || chance(0.4) ? 0 : upTo(2_000);
    const total = lines.reduce((sum, line) => sum + line.total, shipping);
    const placedAt = new Date(from.getTime() + upTo(to.getTime() - from.getTime()));
    const fate = chance(0.15) ? 'EXPIRED' : chance(0.05) ? 'PENDING_PAYMENT' : pick(['PAID', 'SHIPPED', 'COMPLETED', 'CANCELLED']);
    const isPaid = fate !== 'EXPIRED' && fate !== 'PENDING_PAYMENT' && !(fate === 'CANCELLED' && chance(0.5));
    // Late money revives an order days after its time had run out.
    const paidAt = isPaid ? new Date(placedAt.getTime() + (isFree ? 0 : chance(0.1) ? upTo(5 * 86_400_000) : upTo(1_800_000))) : null;
    const order: MadeOrder = {
      _id: newId('order'),
      groupId: newId('group'),
      number: newId('number'),
      merchantId: pick(merchants),
      ...pick([...buyers, { buyerId: null, guestId: null }]),
      currency: pick(CURRENCIES),
      status: fate,
      paymentMethod: isPaid && !isFree ? pick(METHODS) : null,
      placedAt,
      paidAt,
      totals: { shipping, total },
      lines,
    };
    orders.push(order);
    if (paidAt && !isFree && chance(0.3)) refunds.push(...refundsOf(order, paidAt));
  }
  return { orders, refunds };

  /** One or two of an order, the later ones of the next month; some of which nothing came yet. */
  function refundsOf({ _id, merchantId, currency, lines, totals }: MadeOrder, paidAt: Date): MadeRefund[] {
    return lines.slice(0, 1 + upTo(2)).map(({ id, quantity, total }, index) => {
      const shipping = index === 0 && chance(0.3) ? totals.shipping : 0;
      const amount = chance(0.5) ? total : Math.floor(total / 2);
      const isDone = chance(0.8);
      const succeededAt = isDone ? new Date(paidAt.getTime() + upTo(40 * 86_400_000)) : null;
      return {
        _id: newId('refund'),
        number: newId('number'),
        executionId: newId('rexec'),
        orderId: _id,
        merchantId,
        currency,
        status: isDone ? 'SUCCEEDED' : 'PROCESSING',
        approvedAmount: amount + shipping,
        lines: [{ orderLineId: id, quantity, amount }],
        execution: chance(0.95) || isDone ? { status: isDone ? 'SUCCEEDED' : 'PENDING', succeededAt } : null,
      };
    });
  }
}

interface Question {
  readonly merchantId: string | null;
  readonly from: Date;
  readonly to: Date;
  readonly currency: string;
  readonly timeZone: string;
}

/** How a local time reads, down to the step that is asked for. */
const LABELS = {
  HOUR: { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', timeZoneName: 'longOffset', hourCycle: 'h23' },
  DAY: { year: 'numeric', month: '2-digit', day: '2-digit' },
  MONTH: { year: 'numeric', month: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export function labelOf(granularity: 'HOUR' | 'DAY' | 'WEEK' | 'MONTH', timeZone: string): (at: Date) => string {
  if (granularity !== 'WEEK') {
    const format = new Intl.DateTimeFormat('en-CA', { timeZone, ...LABELS[granularity] });
    return (at) => format.format(at);
  }
  const day = new Intl.DateTimeFormat('en-CA', { timeZone, ...LABELS.DAY });
  return (at) => {
    const date = new Date(`${day.format(at)}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString().slice(0, 10);
  };
}

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Every figure, as its description in the schema says it, from the documents alone. */
export function recount({ orders, refunds }: { orders: readonly MadeOrder[]; refunds: readonly MadeRefund[] }, question: Question) {
  const { merchantId, from, to, currency, timeZone } = question;
  const concerns = (row: { merchantId: string; currency: string }) => row.currency === currency && (merchantId === null || row.merchantId === merchantId);
  const isIn = (at: Date | null | undefined): at is Date => at != null && at >= from && at < to;
  const paid = orders.filter((order) => concerns(order) && isIn(order.paidAt));
  const back = refunds.filter((refund) => concerns(refund) && isIn(refund.execution?.succeededAt));
  const gross = sumOf(paid.map(({ totals }) => totals.total));
  const refunded = sumOf(back.map(({ approvedAmount }) => approvedAmount));
  const productOf = new Map(orders.flatMap(({ lines }) => lines.map(({ id, productId }) => [id, productId])));
  const lines = paid.flatMap((order) => order.lines);
  const products = [...new Set(lines.map(({ productId }) => productId))].map((productId) => {
    const own = lines.filter((line) => line.productId === productId);
    const returned = back.flatMap((refund) => refund.lines).filter(({ orderLineId }) => productOf.get(orderLineId) === productId);
    return {
      id: productId,
      units: sumOf(own.map(({ quantity }) => quantity)),
      net: sumOf(own.map(({ total }) => total)) - sumOf(returned.map(({ amount }) => amount)),
    };
  });
  return {
    grossSales: gross,
    refunds: refunded,
    netSales: gross - refunded,
    paidOrders: paid.length,
    unitsSold: sumOf(lines.map(({ quantity }) => quantity)),
    averageOrderValue: paid.length === 0 ? 0 : Math.floor(gross / paid.length + 0.5),
    refundRateBps: gross === 0 ? 0 : Math.floor((refunded * 10_000) / gross + 0.5),
    expiredOrders: orders.filter((order) => concerns(order) && order.status === 'EXPIRED' && isIn(order.placedAt)).length,
    uniqueBuyers: new Set(paid.flatMap(({ buyerId, guestId }) => buyerId ?? guestId ?? [])).size,
    topProducts: products.sort((a, b) => b.net - a.net || b.units - a.units || (a.id < b.id ? -1 : 1)),
    byPaymentMethod: Object.fromEntries(
      METHODS.map((method) => [method, paid.filter(({ paymentMethod }) => paymentMethod === method)] as const)
        .filter(([, own]) => own.length > 0)
        .map(([method, own]) => [method, { orders: own.length, amount: sumOf(own.map(({ totals }) => totals.total)) }]),
    ),
    /** The steps in which something happened. */
    series: (granularity: 'HOUR' | 'DAY' | 'WEEK' | 'MONTH') => {
      const labelled = labelOf(granularity, timeZone);
      const steps = new Map<string, { paidOrders: number; sold: number; refunds: number }>();
      const add = (at: Date, change: { paidOrders?: number; sold?: number; refunds?: number }) => {
        const { paidOrders, sold, refunds: earlier } = steps.get(labelled(at)) ?? { paidOrders: 0, sold: 0, refunds: 0 };
        steps.set(labelled(at), {
          paidOrders: paidOrders + (change.paidOrders ?? 0),
          sold: sold + (change.sold ?? 0),
          refunds: earlier + (change.refunds ?? 0),
        });
      };
      for (const { paidAt, totals } of paid) if (paidAt) add(paidAt, { paidOrders: 1, sold: totals.total });
      for (const { execution, approvedAmount } of back) if (execution?.succeededAt) add(execution.succeededAt, { refunds: approvedAmount });
      return steps;
    },
  };
}
