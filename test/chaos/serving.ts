import { key } from '../actors.ts';
import { Refused } from './clients.ts';
import type { Complaint, Market, Sale, Trader } from './market.ts';

const ERRORS = 'userErrors { code message path }';
const ORDER = 'query ($id: ID!) { order(id: $id) { id status lines { id quantity refundableQuantity } shipments { id status } } }';
const REFUND_STATE =
  'query ($id: ID!) { refundRequest(id: $id) { id status requestedAmount { amount currency } lines { quantity amount { amount currency } line { id } } } }';
const REFUND_PART = 'refundRequest { id status } order { id status }';
const CANCEL = `mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { id status } ${ERRORS} } }`;
const ACCEPT = `mutation ($id: ID!) { orderAccept(orderId: $id) { order { id status } ${ERRORS} } }`;
const SHIP = `mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } order { id status } ${ERRORS} } }`;
const TRACK = `mutation ($input: ShipmentTrackingUpdateInput!) { shipmentTrackingUpdate(input: $input) { order { id status } ${ERRORS} } }`;
const CONFIRM = `mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { order { id status } ${ERRORS} } }`;
const REVIEW = `mutation ($input: ReviewCreateInput!) { reviewCreate(input: $input) { review { id } ${ERRORS} } }`;
const ASK = `mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { ${REFUND_PART} ${ERRORS} } }`;
const REFUND = `mutation ($input: RefundInput!) { refund(input: $input) { ${REFUND_PART} ${ERRORS} } }`;
const APPROVE = `mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { ${REFUND_PART} ${ERRORS} } }`;
const REJECT = `mutation ($input: RefundRejectInput!) { refundReject(input: $input) { ${REFUND_PART} ${ERRORS} } }`;
const WITHDRAW = `mutation ($id: ID!) { refundWithdraw(id: $id) { ${REFUND_PART} ${ERRORS} } }`;
const ESCALATE = `mutation ($input: RefundEscalateInput!) { refundEscalate(input: $input) { ${REFUND_PART} ${ERRORS} } }`;
const ARBITRATE = `mutation ($input: RefundArbitrateInput!) { refundArbitrate(input: $input) { ${REFUND_PART} ${ERRORS} } }`;
const SEND_BACK = `mutation ($input: RefundReturnShippedInput!) { refundReturnShipped(input: $input) { ${REFUND_PART} ${ERRORS} } }`;
const RECEIVE = `mutation ($id: ID!) { refundReturnReceived(id: $id) { ${REFUND_PART} ${ERRORS} } }`;
const RAISE = `mutation ($input: ProductVariantsSetInput!) { productVariantsSet(input: $input) { product { id } ${ERRORS} } }`;
const ADJUST = `mutation ($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { levels { onHand available } ${ERRORS} } }`;

/** What may be done next with an order or a complaint. */
type Step<T> = (trader: Trader, market: Market, subject: T, seen: any) => Promise<unknown>;
type Steps<T> = Readonly<Record<string, readonly (readonly [number, Step<T>])[]>>;

const now = () => new Date(Date.now() - 1_000).toISOString();
const forget = <T>(subjects: T[], subject: T) => {
  const at = subjects.indexOf(subject);
  if (at >= 0) subjects.splice(at, 1);
};

const cancelled: Step<Sale> = (_trader, _market, { buyer, orderId }) =>
  buyer.must(CANCEL, { input: { orderId, reason: 'CHANGED_MIND', idempotencyKey: key() } });
const cancelledByMerchant: Step<Sale> = (_trader, _market, { stall, orderId }) =>
  stall.seller.must(CANCEL, { input: { orderId, reason: 'OUT_OF_STOCK', idempotencyKey: key() } });
const accepted: Step<Sale> = (_trader, _market, { stall, orderId }) => stall.seller.must(ACCEPT, { id: orderId });
/** All of it, or a parcel with one piece. */
const shipped: Step<Sale> = ({ random }, _market, { stall, orderId }, { lines }) =>
  stall.seller.must(SHIP, {
    input: {
      orderId,
      carrier: 'SF',
      trackingNumber: key().slice(0, 12),
      idempotencyKey: key(),
      ...(random.chance(0.2) && { lines: [{ orderLineId: lines[0].id, quantity: 1 }] }),
    },
  });
const delivered: Step<Sale> = (_trader, _market, { stall }, { shipments }) =>
  stall.seller.must(TRACK, { input: { shipmentId: shipments.at(-1).id, status: 'DELIVERED', at: now(), description: 'at the door' } });
const confirmed: Step<Sale> = (_trader, _market, { buyer, orderId }) => buyer.must(CONFIRM, { id: orderId });
const reviewed: Step<Sale> = async ({ random }, market, sale, { lines }) => {
  forget(market.sales, sale);
  if (sale.buyer.userId === '') return;
  await sale.buyer.must(REVIEW, {
    input: { orderLineId: lines[0].id, rating: 1 + Math.floor(random.between(0, 5)), body: 'As expected.', idempotencyKey: key() },
  });
};
const forgotten: Step<Sale> = async (_trader, market, sale) => forget(market.sales, sale);

const partOf = ({ random }: Trader, lines: any[]) => {
  const { id, refundableQuantity } = random.pick(lines.filter((line) => line.refundableQuantity > 0).concat(lines.slice(0, 1)));
  return [{ orderLineId: id, quantity: Math.max(1, Math.ceil(random.next() * refundableQuantity)) }];
};
const askedFor =
  (type: 'REFUND_ONLY' | 'RETURN_AND_REFUND'): Step<Sale> =>
  async (trader, market, sale, { lines }) => {
    const input = {
      orderId: sale.orderId,
      type,
      lines: partOf(trader, lines),
      includeShipping: trader.random.chance(0.2),
      reason: 'DEFECTIVE',
      idempotencyKey: key(),
    };
    const { refundRequest } = await sale.buyer.must(ASK, { input });
    market.complaints.push({ refundId: refundRequest.id, sale });
  };
/** The same key several times at once is one refund. */
const refunded: Step<Sale> = async (trader, market, sale, { lines }) => {
  const { seller } = sale.stall;
  const input = { orderId: sale.orderId, lines: partOf(trader, lines), reason: 'OTHER', idempotencyKey: key() };
  if (trader.random.chance(0.2)) await Promise.allSettled(Array.from({ length: 3 }, () => seller.ask(REFUND, { input })));
  const { refundRequest } = await seller.must(REFUND, { input });
  market.complaints.push({ refundId: refundRequest.id, sale });
};

const SALES: Steps<Sale> = {
  PAID: [
    [15, cancelled],
    [25, accepted],
    [35, shipped],
    [10, askedFor('REFUND_ONLY')],
    [15, refunded],
  ],
  PROCESSING: [
    [60, shipped],
    [15, askedFor('REFUND_ONLY')],
    [10, refunded],
    [15, cancelledByMerchant],
  ],
  SHIPPED: [
    [50, delivered],
    [35, confirmed],
    [10, askedFor('REFUND_ONLY')],
    [5, refunded],
  ],
  DELIVERED: [
    [50, confirmed],
    [35, askedFor('RETURN_AND_REFUND')],
    [15, askedFor('REFUND_ONLY')],
  ],
  COMPLETED: [
    [75, reviewed],
    [25, askedFor('RETURN_AND_REFUND')],
  ],
  CANCELLED: [[1, forgotten]],
};

const decision = (id: string, more: object) => ({ input: { id, idempotencyKey: key(), ...more } });
const approved: Step<Complaint> = ({ random }, _market, { sale, refundId }, { lines }) => {
  const lower = lines.map(({ quantity, amount, line }: any) => ({
    orderLineId: line.id,
    quantity,
    amount: { ...amount, amount: Math.ceil(amount.amount * random.between(0.5, 1)) },
  }));
  return sale.stall.seller.must(APPROVE, decision(refundId, random.chance(0.3) ? { lines: lower } : {}));
};
const rejected: Step<Complaint> = (_trader, _market, { sale, refundId }) => sale.stall.seller.must(REJECT, decision(refundId, { reason: 'It was fine.' }));
const withdrawn: Step<Complaint> = (_trader, _market, { sale, refundId }) => sale.buyer.must(WITHDRAW, { id: refundId });
const escalated: Step<Complaint> = (_trader, _market, { sale, refundId }) => sale.buyer.must(ESCALATE, { input: { id: refundId, statement: 'It was not.' } });
const arbitrated: Step<Complaint> = ({ random }, { staff }, { refundId }) =>
  staff.must(ARBITRATE, decision(refundId, { approve: random.chance(0.6), reason: 'Both were heard.' }));
const sentBack: Step<Complaint> = (_trader, _market, { sale, refundId }) =>
  sale.buyer.must(SEND_BACK, { input: { id: refundId, carrier: 'SF', trackingNumber: key().slice(0, 12) } });
const received: Step<Complaint> = (_trader, _market, { sale, refundId }) => sale.stall.seller.must(RECEIVE, { id: refundId });
/** Silence decides too. */
const waited: Step<Complaint> = async () => undefined;
const dropped: Step<Complaint> = async (_trader, market, complaint) => forget(market.complaints, complaint);

const COMPLAINTS: Steps<Complaint> = {
  REQUESTED: [
    [45, approved],
    [25, rejected],
    [10, withdrawn],
    [20, waited],
  ],
  REJECTED: [
    [60, escalated],
    [40, dropped],
  ],
  ESCALATED: [[1, arbitrated]],
  AWAITING_RETURN: [[1, sentBack]],
  RETURN_SHIPPED: [[1, received]],
  SUCCEEDED: [[1, dropped]],
  WITHDRAWN: [[1, dropped]],
  REJECTED_FINAL: [[1, dropped]],
};

/** Another client may have been quicker: what is refused then is as it should be. */
async function take<T>(steps: Steps<T>, status: string, trader: Trader, market: Market, subject: T, seen: any): Promise<void> {
  const open = steps[status];
  if (!open) return;
  try {
    await trader.random.weighed(open)(trader, market, subject, seen);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

export async function serve(trader: Trader, market: Market): Promise<void> {
  if (market.sales.length === 0) return;
  const sale = trader.random.pick(market.sales);
  const seen = await sale.buyer.must(ORDER, { id: sale.orderId });
  if (seen === null) return market.ledger.contradict(`order ${sale.orderId} is hidden from its buyer`);
  await take(SALES, seen.status, trader, market, sale, seen);
}

export async function settleComplaint(trader: Trader, market: Market): Promise<void> {
  if (market.complaints.length === 0) return;
  const complaint = trader.random.pick(market.complaints);
  const seen = await complaint.sale.buyer.must(REFUND_STATE, { id: complaint.refundId });
  if (seen === null) return market.ledger.contradict(`refund ${complaint.refundId} is hidden from its buyer`);
  await take(COMPLAINTS, seen.status, trader, market, complaint, seen);
}

/** Prices change, goods come in, are counted and get lost. */
export async function keepStore({ random }: Trader, { stalls }: Market): Promise<void> {
  const { seller, variants, scarceId } = random.pick(stalls);
  const adjust = (variantId: string, delta: number, reason: string) =>
    seller.must(ADJUST, { input: { changes: [{ variantId, locationId: seller.locationId, delta }], reason, idempotencyKey: key() } });
  const variant = random.pick(variants);
  const works = {
    price: () => {
      variant.price += random.pick([-100, 100, 200]);
      if (variant.price < 500) variant.price = 1_990;
      return seller.must(RAISE, {
        input: { productId: variant.productId, variants: [{ id: variant.id, sku: variant.sku, price: { amount: variant.price, currency: 'CNY' } }] },
      });
    },
    scarce: () => adjust(scarceId, 2, 'RECEIVED'),
    more: () => adjust(variant.id, 5, 'RECEIVED'),
    less: () => adjust(variant.id, -5, 'DAMAGED'),
  };
  await works[random.pick(['price', 'scarce', 'scarce', 'more', 'less'] as const)]();
}
