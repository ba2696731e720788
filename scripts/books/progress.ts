import type { Db } from 'mongodb';
import { anyOf, type BookCheck, type Databases, report, SUBGRAPHS, violations } from './check.ts';

/** What is under way longer than this is stuck. */
const STUCK_AFTER_MS = 2 * 60_000;

export const progressChecks = (databases: Databases): Promise<BookCheck>[] => [
  nothingIsStuck(databases),
  ...SUBGRAPHS.map((name) => eventsHaveNoGap(databases(name), name)),
  ordersTellWhatHappened(databases('order-payment')),
  everyoneWritesTheirOwn(databases),
];

/** No unfinished checkout, locked cart, untold event or failing job outlives its time, and odd money is on its way back. */
async function nothingIsStuck(databases: Databases): Promise<BookCheck> {
  const before = new Date(Date.now() - STUCK_AFTER_MS);
  const orders = databases('order-payment');
  const intents = await orders
    .collection('order-group')
    .find({ status: 'PREPARING' }, { projection: { status: 1, createdAt: 1 } })
    .toArray();
  const unsettled = new Set(intents.map(({ _id }) => String(_id)));
  const locked = await databases('cart')
    .collection('cart')
    .find({ state: 'CHECKING_OUT' }, { projection: { state: 1, groupId: 1 } })
    .toArray();
  const odd = { resolution: null, execution: null, paymentId: { $ne: null }, detectedAt: { $lt: before } };
  const broken: unknown[] = [
    ...intents.filter(({ createdAt }) => createdAt < before),
    ...locked.filter(({ groupId }) => !unsettled.has(String(groupId))),
    ...(await orders
      .collection('payment-anomaly')
      .find(odd, { projection: { kind: 1 } })
      .toArray()),
  ];
  let checked = intents.length + locked.length;
  for (const name of SUBGRAPHS) {
    const failing = { $or: [{ deadAt: { $ne: null } }, { failingSince: { $lt: before } }] };
    const untold = { publishedAt: null, at: { $lt: before } };
    broken.push(
      ...(await databases(name)
        .collection('jobs')
        .find(failing, { projection: { lastError: 1, deadAt: 1, failingSince: 1 } })
        .toArray()),
    );
    broken.push(
      ...(await databases(name)
        .collection('outbox')
        .find(untold, { projection: { topic: 1, attempts: 1 } })
        .toArray()),
    );
    checked += await databases(name).collection('jobs').countDocuments();
  }
  return report('nothing is stuck: no old intent, no cart locked by nobody, no untold event, no failing job, no odd money', checked, broken);
}

/** Invariant 7: the sequence of each subject begins at 1 and goes on without a gap to the last that was given out. */
const eventsHaveNoGap = (database: Db, name: string): Promise<BookCheck> =>
  violations(database, 'outbox', `events of ${name}: gap-free per subject`, [
    { $project: { subject: '$subjectId', sequence: 1 } },
    { $unionWith: { coll: 'outbox_sequences', pipeline: [{ $project: { subject: '$_id', given: '$last' } }] } },
    {
      $group: {
        _id: '$subject',
        count: { $sum: { $cond: [{ $gt: ['$sequence', null] }, 1, 0] } },
        first: { $min: '$sequence' },
        last: { $max: '$sequence' },
        given: { $max: '$given' },
      },
    },
    { $match: anyOf({ $ne: ['$first', 1] }, { $ne: ['$last', '$count'] }, { $ne: ['$given', '$count'] }) },
  ]);

/** How an order's timeline reads, and what the others hear of it. */
const TOLD_AS = {
  PAID: 'order.paid',
  PROCESSING: 'order.accepted',
  READY_FOR_PICKUP: 'order.ready_for_pickup',
  SHIPPED: 'order.shipped',
  DELIVERED: 'order.delivered',
  COMPLETED: 'order.completed',
  CANCELLED: 'order.cancelled',
  EXPIRED: 'order.expired',
} as const satisfies Record<string, string>;

/** Invariant 7: each change of an order was told once. Orders that were written with their past have told nothing of it. */
const ordersTellWhatHappened = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order', 'events: each change of an order was told once', [
    { $unwind: '$timeline' },
    { $match: { 'timeline.type': { $in: Object.keys(TOLD_AS) } } },
    {
      $project: {
        order: '$_id',
        topic: {
          $switch: { branches: Object.entries(TOLD_AS).map(([type, topic]) => ({ case: { $eq: ['$timeline.type', type] }, then: topic })), default: null },
        },
        happened: { $literal: 1 },
      },
    },
    {
      $unionWith: {
        coll: 'outbox',
        pipeline: [
          { $match: { topic: { $in: ['order.placed', ...Object.values(TOLD_AS)] } } },
          { $project: { order: '$subjectId', topic: 1, told: { $literal: 1 } } },
        ],
      },
    },
    { $group: { _id: { order: '$order', topic: '$topic' }, happened: { $sum: '$happened' }, told: { $sum: '$told' } } },
    {
      $group: {
        _id: '$_id.order',
        isPlacedHere: { $max: { $and: [{ $eq: ['$_id.topic', 'order.placed'] }, { $gt: ['$told', 0] }] } },
        untold: {
          $push: {
            $cond: [
              { $and: [{ $ne: ['$_id.topic', 'order.placed'] }, { $ne: ['$happened', '$told'] }] },
              { topic: '$_id.topic', happened: '$happened', told: '$told' },
              null,
            ],
          },
        },
      },
    },
    { $set: { untold: { $filter: { input: '$untold', cond: { $ne: ['$$this', null] } } } } },
    { $match: { isPlacedHere: true, $expr: { $gt: [{ $size: '$untold' }, 0] } } },
  ]);

const PLATFORM_COLLECTIONS = new Set(['outbox', 'outbox_sequences', 'leases', 'consumed_events', 'jobs', 'idempotency_keys']);

/** Invariant 8: no collection of one subgraph stands in another's database. */
async function everyoneWritesTheirOwn(databases: Databases): Promise<BookCheck> {
  const owners = new Map<string, string[]>();
  for (const name of SUBGRAPHS) {
    for (const { name: collection } of await databases(name).listCollections({}, { nameOnly: true }).toArray()) {
      if (!PLATFORM_COLLECTIONS.has(collection) && !collection.startsWith('system.')) owners.set(collection, [...(owners.get(collection) ?? []), name]);
    }
  }
  return report(
    'ownership: no collection stands in two subgraphs',
    owners.size,
    [...owners].filter(([, names]) => names.length > 1),
  );
}
