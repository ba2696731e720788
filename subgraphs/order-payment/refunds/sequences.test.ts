import { expect, test } from 'vitest';
import { allocate, sum } from '#platform/money.ts';
import { type Random, seeded } from '../../../test/random.ts';
import type { StoredOrderLine } from '../orders/entities.ts';
import { isAllGone, shippable } from '../fulfilment/domain.ts';
import { refundableQuantity, shippingLeft } from '../orders/refundable.ts';
import type { RefundType } from './entities.ts';
import { grantedParts, hold, type Ledger, letGo, paymentStatusOf, release, settled } from './holdings.ts';
import { lineOf } from './line.fixture.ts';
import { limitsOf, limitsWithin, type Plan, planRefund, type Wish, wishAgain } from './plan.ts';

const SEQUENCES = 2_500;
const STEPS = 40;
/** With none, two and three decimals, and what goods cost there in minor units. */
const CURRENCIES = [
  ['JPY', 9_000],
  ['CNY', 80_000],
  ['KWD', 40_000_000],
] as const;

interface Order extends Ledger {
  readonly currency: string;
  readonly totals: { readonly shipping: number; readonly total: number };
}
type Request = Plan & {
  readonly type: RefundType;
  state: 'REQUESTED' | 'REJECTED' | 'PROCESSING' | 'FAILED' | 'DONE';
};
/** One order of the purchase with its requests. */
interface Sale {
  order: Order;
  readonly requests: Request[];
}
/** As the payment keeps it: conditional increments, and nothing else. */
interface Payment {
  readonly captured: number;
  refunded: number;
  pending: number;
}

interface Course {
  readonly mayLower: boolean;
  readonly mayShip: boolean;
}

/** A line as it was sold: a discount on the whole order took its share of it. */
function sell(random: Random, currency: string, dearest: number): Sale {
  const goods = Array.from({ length: 1 + random.upTo(3) }, () => ({
    quantity: 1 + random.upTo(6),
    price: random.chance(0.1) ? random.upTo(3) : random.upTo(dearest),
  }));
  const subtotals = goods.map(({ quantity, price }) => quantity * price);
  const discounts = allocate(random.chance(0.5) ? 0 : random.upTo(sum(subtotals)), subtotals);
  const lines = goods.map(({ quantity, price }, index) => lineOf(`l${index}`, { quantity, unitPrice: price, discount: discounts[index] ?? 0 }));
  const shipping = random.pick([0, 1, 517, 800]);
  const total = sum([...lines.map((line) => line.total), shipping]);
  const untouched = { refundPendingTotal: 0, refundPendingShipping: 0, refundedTotal: 0, refundedShipping: 0 };
  return { order: { currency, totals: { shipping, total }, lines, ...untouched }, requests: [] };
}

/** What a buyer or a merchant asks for: often right, sometimes too much or of another currency. */
function wishOf({ upTo, chance }: Random, { currency, lines }: Order, mayLower: boolean): Wish {
  const wanted = lines.filter(() => chance(0.6));
  return {
    lines: wanted.map((line) => ({
      orderLineId: line.id,
      quantity: chance(0.1) ? upTo(9) : 1 + upTo(Math.max(0, refundableQuantity(line) - 1)),
      ...(mayLower && chance(0.3) && { amount: { amount: upTo(line.total + 1), currency: chance(0.05) ? 'USD' : currency } }),
    })),
    shipping: chance(0.5) ? null : chance(0.6) ? 'ALL' : { amount: upTo(900), currency },
  };
}

function ask(random: Random, sale: Sale, mayLower: boolean): void {
  const { plan } = planRefund(limitsOf(sale.order), wishOf(random, sale.order, mayLower));
  if (!plan) return;
  sale.order = { ...sale.order, ...hold(sale.order, plan) };
  sale.requests.push({ ...plan, type: random.chance(0.5) ? 'REFUND_ONLY' : 'RETURN_AND_REFUND', state: 'REQUESTED' });
}

function ship(random: Random, sale: Sale): void {
  sale.order = { ...sale.order, lines: sale.order.lines.map((line) => ({ ...line, shippedQuantity: line.shippedQuantity + random.upTo(shippable(line)) })) };
}

/** The merchant grants all of it, or fewer units and less money; what was held and is not granted is free again. */
function grant(random: Random, sale: Sale, payment: Payment, request: Request, mayLower: boolean): void {
  const { currency } = sale.order;
  const free = { ...sale.order, ...letGo(sale.order, request) };
  const limits = limitsWithin(free, request);
  const asAsked = request.lines.map(({ orderLineId, quantity, amount }) => ({ orderLineId, quantity, amount: { amount, currency } }));
  const shipping = { amount: request.shippingAmount, currency };
  // Whatever else happened to the order meanwhile: what was asked for may be granted.
  if (planRefund(limits, { lines: asAsked, shipping }).plan?.total !== request.total) expect.fail(JSON.stringify({ request, free }));
  const fewer = request.lines
    .filter(() => random.chance(0.8))
    .map(({ orderLineId, quantity, amount }) => ({
      orderLineId,
      quantity: 1 + random.upTo(quantity - 1),
      ...(mayLower && random.chance(0.3) && { amount: { amount: random.upTo(amount), currency } }),
    }));
  const plan = random.chance(0.4) ? planRefund(limits, { lines: fewer, shipping: random.chance(0.5) ? null : shipping }).plan : request;
  if (!plan) return;
  if (plan.total > request.total) expect.fail(JSON.stringify({ plan, request }));
  decide(sale, payment, request, plan);
}

function decide(sale: Sale, payment: Payment, request: Request, plan: Plan): void {
  const free = letGo(sale.order, request);
  const lines = grantedParts(free, plan.lines, request.type);
  const held = hold(free, { ...plan, lines });
  payment.pending += plan.total;
  sale.order = { ...sale.order, ...held, lines: release(held.lines, lines) };
  Object.assign(request, plan, { lines, state: 'PROCESSING' });
}

/** The company pays it back; or fails, and is asked again for another attempt. */
function execute(random: Random, sale: Sale, payment: Payment, request: Request): void {
  if (request.state === 'FAILED') request.state = 'PROCESSING';
  if (random.chance(0.4)) {
    request.state = 'FAILED';
    return;
  }
  payment.pending -= request.total;
  payment.refunded += request.total;
  sale.order = { ...sale.order, ...settled(sale.order, request) };
  request.state = 'DONE';
}

/** Not granted, or taken back; one that is asked for again holds what is still there. */
function refuse(sale: Sale, request: Request): void {
  sale.order = { ...sale.order, ...letGo(sale.order, request) };
  request.state = 'REJECTED';
}

function escalate(sale: Sale, request: Request): void {
  const { plan } = planRefund(limitsOf(sale.order), wishAgain(sale.order, request));
  if (!plan) return;
  sale.order = { ...sale.order, ...hold(sale.order, plan) };
  Object.assign(request, plan, { state: 'REQUESTED' });
}

function step(random: Random, sale: Sale, payment: Payment, { mayLower, mayShip }: Course): void {
  if (mayShip && random.chance(0.05)) return ship(random, sale);
  const request = sale.requests.length === 0 || random.chance(0.35) ? null : random.pick(sale.requests);
  if (!request) return ask(random, sale, mayLower);
  if (request.state === 'PROCESSING' || request.state === 'FAILED') return execute(random, sale, payment, request);
  if (request.state === 'REJECTED') return escalate(sale, request);
  if (request.state === 'REQUESTED') return random.chance(0.6) ? grant(random, sale, payment, request, mayLower) : refuse(sale, request);
}

/** A line of which nothing will ever leave was paid back whole, or is about to be. */
const hasGoodsOrMoney = ({ quantity, total, releasedQuantity, refundedAmount, refundPendingAmount }: StoredOrderLine): boolean =>
  releasedQuantity < quantity || refundedAmount + refundPendingAmount === total;

const isWithin = ({ quantity, total, ...line }: StoredOrderLine): boolean =>
  Math.min(line.refundedQuantity, line.refundPendingQuantity, line.refundedAmount, line.refundPendingAmount) >= 0 &&
  line.refundedQuantity + line.refundPendingQuantity <= quantity &&
  line.shippedQuantity + line.releasedQuantity <= quantity &&
  hasGoodsOrMoney({ quantity, total, ...line }) &&
  line.refundedAmount + line.refundPendingAmount <= total;

const isConsistent = (order: Order): boolean =>
  order.lines.every(isWithin) &&
  shippingLeft(order) >= 0 &&
  order.refundedTotal === sum([...order.lines.map(({ refundedAmount }) => refundedAmount), order.refundedShipping]) &&
  order.refundPendingTotal === sum([...order.lines.map(({ refundPendingAmount }) => refundPendingAmount), order.refundPendingShipping]) &&
  order.refundedTotal + order.refundPendingTotal <= order.totals.total;

/** Of each line, of each order, and of the payment for all of them; asserted so often that it has to be cheap. */
function expectWithin(sales: readonly Sale[], payment: Payment): void {
  const isPaymentWithin = payment.refunded === sum(sales.map(({ order }) => order.refundedTotal)) && payment.refunded + payment.pending <= payment.captured;
  if (!isPaymentWithin || !sales.every(({ order }) => isConsistent(order))) expect.fail(JSON.stringify({ payment, sales }));
}

/** Everything under way comes to its end, and all that is left is given back in one piece per order. */
function payAllBack(sale: Sale, payment: Payment): void {
  const never: Random = { ...seeded(0), upTo: () => 0, chance: () => false, pick: (choices) => choices[0]! };
  const finish = () => {
    for (const request of sale.requests) if (request.state === 'PROCESSING' || request.state === 'FAILED') execute(never, sale, payment, request);
  };
  for (const request of sale.requests) if (request.state === 'REQUESTED') refuse(sale, request);
  finish();
  const left = sale.order.lines.filter((line) => refundableQuantity(line) > 0);
  const { plan } = planRefund(limitsOf(sale.order), {
    lines: left.map((line) => ({ orderLineId: line.id, quantity: refundableQuantity(line) })),
    shipping: 'ALL',
  });
  if (!plan) return;
  sale.order = { ...sale.order, ...hold(sale.order, plan) };
  const last: Request = { ...plan, type: 'REFUND_ONLY', state: 'REQUESTED' };
  sale.requests.push(last);
  decide(sale, payment, last, plan);
  finish();
}

test.each([
  ['of whole units end exactly at what was paid', { mayLower: false, mayShip: true }],
  ['with lowered amounts end exactly at what was paid while nothing is shipped', { mayLower: true, mayShip: false }],
  ['with lowered amounts never exceed it', { mayLower: true, mayShip: true }],
])('random sequences of refunds %s, per line, per order and per payment', (_name, course) => {
  for (let sequence = 0; sequence < SEQUENCES; sequence++) {
    const random = seeded(sequence);
    const [currency, dearest] = random.pick(CURRENCIES);
    const sales = Array.from({ length: 1 + random.upTo(2) }, () => sell(random, currency, dearest));
    const payment: Payment = { captured: sum(sales.map(({ order }) => order.totals.total)), refunded: 0, pending: 0 };
    for (let count = 0; count < STEPS; count++) {
      step(random, random.pick(sales), payment, course);
      expectWithin(sales, payment);
    }
    for (const sale of sales) payAllBack(sale, payment);
    expectWithin(sales, payment);
    expect(payment.pending).toBe(0);
    if (course.mayLower && course.mayShip) continue;
    if (!course.mayShip && !sales.every(({ order }) => isAllGone(order.lines))) expect.fail(`sequence ${sequence}: ${JSON.stringify(sales)}`);
    const isBack = ({ order }: Sale) =>
      order.lines.every((line) => line.refundedAmount === line.total) &&
      order.refundedTotal === order.totals.total &&
      paymentStatusOf(order.refundedTotal, order.totals.total) === (order.totals.total === 0 ? 'PAID' : 'REFUNDED');
    if (!sales.every(isBack)) expect.fail(`sequence ${sequence}: ${JSON.stringify(sales)}`);
    expect(payment.refunded).toBe(payment.captured);
  }
});
