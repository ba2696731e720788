import type { Db } from 'mongodb';
import { anyOf, type BookCheck, type Databases, report, violations } from './check.ts';

/** A group that clients see: a checkout that came to its end. */
export const PLACED = { status: { $nin: ['PREPARING', 'ABANDONED'] } };

/** Invariant 2: one order per group and merchant, one group per cart, and the sums agree to the minor unit. */
export const purchaseChecks = (databases: Databases): Promise<BookCheck>[] => {
  const orders = databases('order-payment');
  return [
    oneOrderPerMerchant(orders),
    oneGroupPerCart(orders),
    cartsAreClosed(databases),
    ordersAddUp(orders),
    groupsAddUp(orders),
    ordersStandAsTheirGroup(orders),
  ];
};

const oneOrderPerMerchant = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order', 'orders: one per group and merchant', [
    { $group: { _id: { group: '$groupId', merchant: '$merchantId' }, count: { $sum: 1 } } },
    { $match: { count: { $gt: 1 } } },
  ]);

const oneGroupPerCart = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order-group', 'groups: one per checked-out cart version', [
    { $match: PLACED },
    { $group: { _id: { cart: '$cartId', version: '$cartVersion' }, count: { $sum: 1 } } },
    { $match: { count: { $gt: 1 } } },
  ]);

const CARTS_AT_ONCE = 1_000;

/** What was bought stands in no cart that can be checked out again. */
async function cartsAreClosed(databases: Databases): Promise<BookCheck> {
  const carts = databases('cart').collection<{ _id: string }>('cart');
  const broken: unknown[] = [];
  let checked = 0;
  let batch: string[] = [];
  const look = async () => {
    broken.push(...(await carts.find({ _id: { $in: batch }, state: 'ACTIVE' }, { projection: { state: 1 } }).toArray()));
    checked += batch.length;
    batch = [];
  };
  for await (const { cartId } of databases('order-payment')
    .collection('order-group')
    .find(PLACED, { projection: { cartId: 1 } })) {
    if (batch.push(cartId) === CARTS_AT_ONCE) await look();
  }
  await look();
  return report('carts: none that was checked out can be again', checked, broken);
}

const ordersAddUp = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order', 'orders: total = Σ line totals + shipping, line total = price × quantity - discount', [
    {
      $project: {
        totals: 1,
        subtotal: { $sum: '$lines.subtotal' },
        discount: { $sum: '$lines.discount' },
        sum: { $add: [{ $sum: '$lines.total' }, '$totals.shipping'] },
        badLines: {
          $filter: {
            input: '$lines',
            cond: {
              $or: [
                { $ne: ['$$this.subtotal', { $multiply: ['$$this.unitPrice', '$$this.quantity'] }] },
                { $ne: ['$$this.total', { $subtract: ['$$this.subtotal', '$$this.discount'] }] },
                { $lt: ['$$this.total', 0] },
                { $lt: ['$$this.quantity', 1] },
              ],
            },
          },
        },
      },
    },
    {
      $match: anyOf(
        { $ne: ['$totals.total', '$sum'] },
        { $ne: ['$totals.subtotal', '$subtotal'] },
        { $ne: ['$totals.discount', '$discount'] },
        { $lt: ['$totals.shipping', 0] },
        { $gt: [{ $size: '$badLines' }, 0] },
      ),
    },
  ]);

const groupsAddUp = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order-group', 'groups: total = Σ orders', [
    { $match: PLACED },
    { $project: { group: '$_id', total: '$totals.total', currency: 1 } },
    { $unionWith: { coll: 'order', pipeline: [{ $project: { group: '$groupId', ordered: '$totals.total', currency: 1, isOrder: { $literal: 1 } } }] } },
    {
      $group: {
        _id: '$group',
        groups: { $sum: { $cond: ['$isOrder', 0, 1] } },
        total: { $sum: '$total' },
        orders: { $sum: '$isOrder' },
        ordered: { $sum: '$ordered' },
        currencies: { $addToSet: '$currency' },
      },
    },
    { $match: anyOf({ $ne: ['$total', '$ordered'] }, { $ne: ['$groups', 1] }, { $lt: ['$orders', 1] }, { $ne: [{ $size: '$currencies' }, 1] }) },
  ]);

const isIn = (statuses: readonly string[]) => ({ $in: ['$$this', statuses] });

/** Until it is paid, a purchase is decided as a whole; afterwards none of its orders waits for money. */
const ordersStandAsTheirGroup = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order-group', 'groups: orders stand as their group, paid or unpaid together', [
    { $match: PLACED },
    { $project: { group: '$_id', groupStatus: '$status', reservation: '$reservationId', isGroupPaid: { $ne: ['$paidAt', null] } } },
    {
      $unionWith: {
        coll: 'order',
        pipeline: [{ $project: { group: '$groupId', status: 1, reservation: '$reservationId', isPaid: { $ne: ['$paidAt', null] } } }],
      },
    },
    {
      $group: {
        _id: '$group',
        status: { $max: '$groupStatus' },
        isPaid: { $max: '$isGroupPaid' },
        statuses: { $push: '$status' },
        paid: { $addToSet: '$isPaid' },
        reservations: { $addToSet: '$reservation' },
      },
    },
    {
      $project: {
        status: 1,
        statuses: 1,
        paid: 1,
        strangers: {
          $size: {
            $filter: {
              input: '$statuses',
              cond: { $cond: [{ $eq: ['$status', 'PAID'] }, isIn(['PENDING_PAYMENT', 'EXPIRED']), { $ne: ['$$this', '$status'] }] },
            },
          },
        },
        isPaidWrong: { $or: [{ $ne: ['$isPaid', { $eq: ['$status', 'PAID'] }] }, { $ne: ['$paid', ['$isPaid']] }] },
        reservations: { $size: '$reservations' },
      },
    },
    { $match: anyOf({ $gt: ['$strangers', 0] }, '$isPaidWrong', { $ne: ['$reservations', 1] }) },
  ]);
