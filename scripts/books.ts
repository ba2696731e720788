import type { Db, Document } from 'mongodb';

/** One invariant, over how many things it was checked, and which break it. */
export interface BookCheck {
  readonly invariant: string;
  readonly checked: number;
  readonly violations: number;
  /** Up to five of them, with the figures that disagree. */
  readonly examples: readonly unknown[];
}

/** A subgraph's database by the subgraph's name. */
export type Databases = (name: string) => Db;

const EXAMPLES = 5;
/** What is under way longer than this is stuck. */
const STUCK_AFTER_MS = 2 * 60_000;
const report = (invariant: string, checked: number, broken: readonly unknown[]): BookCheck => ({ invariant, checked, violations: broken.length, examples: broken.slice(0, EXAMPLES) });

/** Documents that a pipeline leaves over are violations; the count is of the collection. */
async function violations(database: Db, collection: string, invariant: string, pipeline: Document[]): Promise<BookCheck> {
  const checked = await database.collection(collection).countDocuments();
  return report(invariant, checked, await database.collection(collection).aggregate(pipeline, { allowDiskUse: true }).toArray());
}

/** Verifies what must never break; nothing is changed. Meant for a shop at rest: what is under way is not yet wrong. */
export async function checkBooks(databases: Databases): Promise<BookCheck[]> {
  const checks = await Promise.all([
    stockBalances(databases('product')),
    stockIsHeldByOrders(databases),
    ...ordersAddUp(databases('order-payment')),
    moneyAddsUp(databases('order-payment')),
    refundsStayBelow(databases('order-payment')),
    onePaymentPays(databases('order-payment')),
    nothingIsStuck(databases),
    ...['user', 'product', 'cart', 'order-payment', 'review'].map((name) => eventsHaveNoGap(databases(name), name)),
    ...ratingsEqualARecount(databases('review')),
    everyoneWritesTheirOwn(databases),
  ]);
  return checks.flat();
}

/** Invariant 1: `onHand = available + reserved`, reservations sum to `reserved`, movements to `onHand`, none is negative. */
const stockBalances = (product: Db): Promise<BookCheck> =>
  violations(product, 'inventory-level', 'stock: on hand = available + reserved = Σ movements, reserved = Σ open reservations, none negative', [
    { $project: { key: '$_id', onHand: 1, reserved: 1, available: 1, backorderable: 1, held: { $literal: 0 }, moved: { $literal: 0 } } },
    { $unionWith: { coll: 'reservation', pipeline: [{ $project: { key: { $concat: ['$variantId', '|', '$locationId'] }, held: '$quantity' } }] } },
    { $unionWith: { coll: 'stock-movement', pipeline: [{ $project: { key: { $concat: ['$variantId', '|', '$locationId'] }, moved: '$delta' } }] } },
    {
      $group: {
        _id: '$key',
        onHand: { $sum: '$onHand' },
        reserved: { $sum: '$reserved' },
        available: { $sum: '$available' },
        backorderable: { $max: '$backorderable' },
        held: { $sum: '$held' },
        moved: { $sum: '$moved' },
        leastHeld: { $min: '$held' },
      },
    },
    {
      $match: {
        $expr: {
          $or: [
            { $ne: ['$onHand', { $add: ['$available', '$reserved'] }] },
            { $ne: ['$reserved', '$held'] },
            { $ne: ['$onHand', '$moved'] },
            { $lt: ['$leastHeld', 0] },
            { $lt: ['$reserved', 0] },
            { $and: [{ $ne: ['$backorderable', true] }, { $or: [{ $lt: ['$available', 0] }, { $lt: ['$onHand', 0] }] }] },
          ],
        },
      },
    },
  ]);

const HOLDING = ['PENDING_PAYMENT', 'PAID', 'PROCESSING', 'READY_FOR_PICKUP', 'SHIPPED'];

/** Invariant 5: what an order has still to send is reserved for it, and nothing else is. */
async function stockIsHeldByOrders(databases: Databases): Promise<BookCheck> {
  const owed = new Map<string, number>();
  const keyOf = (reservationId: string, variantId: string) => `${reservationId}|${variantId}`;
  const orders = databases('order-payment').collection('order');
  for await (const { reservationId, lines } of orders.find({ status: { $in: HOLDING } }, { projection: { reservationId: 1, lines: 1 } })) {
    for (const { variantId, quantity, shippedQuantity, releasedQuantity } of lines) {
      const key = keyOf(reservationId, variantId);
      owed.set(key, (owed.get(key) ?? 0) + quantity - shippedQuantity - releasedQuantity);
    }
  }
  const held = await databases('product')
    .collection('reservation')
    .aggregate([{ $match: { quantity: { $ne: 0 } } }, { $group: { _id: { groupId: '$groupId', variantId: '$variantId' }, quantity: { $sum: '$quantity' } } }], { allowDiskUse: true })
    .toArray();
  const broken: unknown[] = [];
  const seen = new Set<string>();
  for (const { _id, quantity } of held) {
    const key = keyOf(_id['groupId'], _id['variantId']);
    seen.add(key);
    if (quantity !== (owed.get(key) ?? 0)) broken.push({ key, reserved: quantity, owed: owed.get(key) ?? 0 });
  }
  for (const [key, quantity] of owed) if (quantity !== 0 && !seen.has(key)) broken.push({ key, reserved: 0, owed: quantity });
  return report('stock: every unit an order has still to send is reserved for it, and nothing else is', owed.size, broken);
}

/** Invariant 2: one order per group and merchant, one group per cart version, and the sums agree to the minor unit. */
function ordersAddUp(orders: Db): Promise<BookCheck>[] {
  const placed = { status: { $ne: 'PREPARING' }, placedAt: { $ne: null } };
  return [
    violations(orders, 'order', 'orders: one per group and merchant', [
      { $group: { _id: { group: '$groupId', merchant: '$merchantId' }, count: { $sum: 1 } } },
      { $match: { count: { $gt: 1 } } },
    ]),
    violations(orders, 'order-group', 'groups: one per checked-out cart version', [
      { $match: placed },
      { $group: { _id: { cart: '$cartId', version: '$cartVersion' }, count: { $sum: 1 } } },
      { $match: { count: { $gt: 1 } } },
    ]),
    violations(orders, 'order', 'orders: total = Σ line totals + shipping, line total = price × quantity - discount', [
      {
        $project: {
          total: '$totals.total',
          sum: { $add: [{ $sum: '$lines.total' }, '$totals.shipping'] },
          badLines: {
            $filter: { input: '$lines', cond: { $ne: ['$$this.total', { $subtract: [{ $multiply: ['$$this.unitPrice', '$$this.quantity'] }, '$$this.discount'] }] } },
          },
        },
      },
      { $match: { $expr: { $or: [{ $ne: ['$total', '$sum'] }, { $gt: [{ $size: '$badLines' }, 0] }] } } },
    ]),
    violations(orders, 'order-group', 'groups: total = Σ orders', [
      { $match: placed },
      { $lookup: { from: 'order', localField: '_id', foreignField: 'groupId', as: 'orders', pipeline: [{ $project: { total: '$totals.total' } }] } },
      { $project: { total: '$totals.total', sum: { $sum: '$orders.total' }, count: { $size: '$orders' } } },
      { $match: { $expr: { $or: [{ $ne: ['$total', '$sum'] }, { $eq: ['$count', 0] }] } } },
    ]),
  ];
}

const UNRESOLVED = [null, 'ACCEPTED'];

/** Invariant 3: captured - refunded = Σ over paid orders (total - refunded) + anomaly money that nobody has resolved. */
const moneyAddsUp = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order-group', 'money: captured - refunded = Σ paid orders (total - refunded) + unresolved anomalies', [
    { $match: { status: { $ne: 'PREPARING' } } },
    { $lookup: { from: 'payment', localField: '_id', foreignField: 'groupId', as: 'payments', pipeline: [{ $match: { captured: { $ne: null } } }] } },
    { $lookup: { from: 'order', localField: '_id', foreignField: 'groupId', as: 'orders', pipeline: [{ $match: { paidAt: { $ne: null } } }] } },
    { $lookup: { from: 'payment-anomaly', localField: '_id', foreignField: 'groupId', as: 'anomalies', pipeline: [{ $match: { resolution: { $in: UNRESOLVED } } }] } },
    {
      $project: {
        kept: { $sum: { $map: { input: '$payments', in: { $subtract: ['$$this.captured', '$$this.refunded'] } } } },
        owed: {
          $add: [
            { $sum: { $map: { input: '$orders', in: { $subtract: ['$$this.totals.total', '$$this.refundedTotal'] } } } },
            { $sum: '$anomalies.amount' },
          ],
        },
      },
    },
    { $match: { $expr: { $ne: ['$kept', '$owed'] } } },
  ]);

/** Invariant 3: refunded and pending together never exceed what was captured, per payment and per line. */
const refundsStayBelow = async (orders: Db): Promise<BookCheck> => {
  const name = 'refunds: refunded + pending within what was captured, per payment, order and line; parts sum to the order';
  const ofPayments = await violations(orders, 'payment', name, [
    { $match: { $expr: { $or: [{ $gt: [{ $add: ['$refunded', '$refundPending'] }, { $ifNull: ['$captured', 0] }] }, { $lt: ['$refunded', 0] }, { $lt: ['$refundPending', 0] }] } } },
    { $project: { captured: 1, refunded: 1, refundPending: 1 } },
  ]);
  const ofOrders = await violations(orders, 'order', name, [
    {
      $project: {
        refundedTotal: 1,
        sum: { $add: [{ $sum: '$lines.refundedAmount' }, '$refundedShipping'] },
        exceeded: { $gt: [{ $add: ['$refundedTotal', '$refundPendingTotal'] }, '$totals.total'] },
        badLines: {
          $filter: {
            input: '$lines',
            cond: {
              $or: [
                { $gt: [{ $add: ['$$this.refundedAmount', '$$this.refundPendingAmount'] }, '$$this.total'] },
                { $gt: [{ $add: ['$$this.refundedQuantity', '$$this.refundPendingQuantity'] }, '$$this.quantity'] },
                { $gt: [{ $add: ['$$this.shippedQuantity', '$$this.releasedQuantity'] }, '$$this.quantity'] },
              ],
            },
          },
        },
      },
    },
    { $match: { $expr: { $or: [{ $ne: ['$refundedTotal', '$sum'] }, '$exceeded', { $gt: [{ $size: '$badLines' }, 0] }] } } },
  ]);
  return report(name, ofPayments.checked + ofOrders.checked, [...ofPayments.examples, ...ofOrders.examples]);
};

/** Invariant 4: a group is paid by one payment that succeeded; money that pays nothing is an anomaly. */
const onePaymentPays = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'payment', 'payments: each that captured money pays its group or is an anomaly', [
    { $match: { captured: { $ne: null } } },
    { $lookup: { from: 'order-group', localField: '_id', foreignField: 'paymentId', as: 'pays' } },
    { $lookup: { from: 'payment-anomaly', localField: '_id', foreignField: 'paymentId', as: 'anomalies' } },
    { $match: { $expr: { $and: [{ $eq: [{ $size: '$pays' }, 0] }, { $eq: [{ $size: '$anomalies' }, 0] }] } } },
    { $project: { groupId: 1, captured: 1 } },
  ]);

/** No unfinished checkout, locked cart or untold event outlives its time. */
async function nothingIsStuck(databases: Databases): Promise<BookCheck> {
  const before = new Date(Date.now() - STUCK_AFTER_MS);
  const intents = await databases('order-payment').collection('order-group').find({ status: 'PREPARING', createdAt: { $lt: before } }, { projection: { status: 1 } }).toArray();
  const unsettled = new Set((await databases('order-payment').collection('order-group').find({ status: 'PREPARING' }).toArray()).map(({ _id }) => String(_id)));
  const locked = await databases('cart').collection('cart').find({ state: 'CHECKING_OUT' }, { projection: { groupId: 1 } }).toArray();
  const untold: unknown[] = [];
  for (const name of ['user', 'product', 'cart', 'order-payment', 'review']) {
    untold.push(...(await databases(name).collection('outbox').find({ publishedAt: null, at: { $lt: before } }, { projection: { topic: 1 } }).limit(EXAMPLES).toArray()));
  }
  const dead = await databases('order-payment').collection('jobs').find({ deadAt: { $ne: null } }, { projection: { lastError: 1 } }).toArray();
  const broken = [...intents, ...locked.filter(({ groupId }) => !unsettled.has(String(groupId))), ...untold, ...dead];
  return report('nothing is stuck: no old intent, no cart locked by nobody, no untold event, no dead job', broken.length, broken);
}

/** Invariant 7: the sequence of each subject begins at 1 and has no gap. */
const eventsHaveNoGap = (database: Db, name: string): Promise<BookCheck> =>
  violations(database, 'outbox', `events of ${name}: gap-free per subject`, [
    { $group: { _id: '$subjectId', count: { $sum: 1 }, first: { $min: '$sequence' }, last: { $max: '$sequence' } } },
    { $match: { $expr: { $or: [{ $ne: ['$first', 1] }, { $ne: ['$last', '$count'] }] } } },
  ]);

/** Rating summaries equal a recount of the published reviews, and each review has its delivered line. */
const ratingsEqualARecount = (review: Db): Promise<BookCheck>[] => [
  ...(['product', 'merchant'] as const).map((subject) =>
    violations(review, `${subject}-rating`, `ratings of ${subject}s: equal a recount of the published reviews`, [
      { $project: { sum: 1, count: 1, verifiedCount: 1, isSummary: { $literal: 1 } } },
      {
        $unionWith: {
          coll: 'review',
          pipeline: [{ $match: { status: 'PUBLISHED' } }, { $project: { _id: `$${subject}Id`, recountSum: '$rating', recount: { $literal: 1 }, recountVerified: { $cond: ['$verifiedPurchase', 1, 0] } } }],
        },
      },
      {
        $group: {
          _id: '$_id',
          sum: { $sum: '$sum' },
          count: { $sum: '$count' },
          verifiedCount: { $sum: '$verifiedCount' },
          recountSum: { $sum: '$recountSum' },
          recount: { $sum: '$recount' },
          recountVerified: { $sum: '$recountVerified' },
        },
      },
      { $match: { $expr: { $or: [{ $ne: ['$sum', '$recountSum'] }, { $ne: ['$count', '$recount'] }, { $ne: ['$verifiedCount', '$recountVerified'] }] } } },
    ]),
  ),
  violations(review, 'review', 'reviews: each is of a delivered line of its author', [
    { $lookup: { from: 'delivered-line', localField: 'orderLineId', foreignField: '_id', as: 'line' } },
    { $match: { $expr: { $ne: [{ $first: '$line.buyerId' }, '$authorId'] } } },
    { $project: { orderLineId: 1 } },
  ]),
];

const PLATFORM_COLLECTIONS = new Set(['outbox', 'outbox_sequences', 'leases', 'consumed_events', 'jobs', 'idempotency_keys']);

/** Invariant 8: no collection of one subgraph stands in another's database. */
async function everyoneWritesTheirOwn(databases: Databases): Promise<BookCheck> {
  const owners = new Map<string, string[]>();
  for (const name of ['user', 'product', 'cart', 'order-payment', 'review']) {
    for (const { name: collection } of await databases(name).listCollections({}, { nameOnly: true }).toArray()) {
      if (!PLATFORM_COLLECTIONS.has(collection) && !collection.startsWith('system.')) owners.set(collection, [...(owners.get(collection) ?? []), name]);
    }
  }
  return report('ownership: no collection stands in two subgraphs', owners.size, [...owners].filter(([, names]) => names.length > 1));
}
