import { expect, test } from 'vitest';
import {
  type Actor,
  addCategory,
  addToCart,
  buy,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  key,
  openShop,
  PAY,
  payInput,
  pressOnPage,
  publish,
  type Seller,
  signUp,
  staffMember,
  until,
} from './actors.ts';
import { booksOf } from './books.ts';
import { crashingShop } from './crashing-shop.ts';
import { type TestGraph, withDatabases } from './graph.ts';

const EACH = 8;
const KILLS = 3;
/** What the payment company does with a refund of such an amount: fails first, takes its time, pays at once. */
const PRICES = [1013, 1017, 1000];

const SHIP = 'mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } userErrors { code message } } }';
const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id } userErrors { code message } } }';

/** Something that somebody wants done, and asks for again under the same key until he is told that it was. */
interface Wish {
  readonly what: 'paid' | 'shipped' | 'refunded';
  readonly orderId: string;
  readonly groupId: string;
  /** The id of what was done. */
  carryOut(): Promise<string>;
  done: string | null;
}

const stillDown = () => null;

async function wishes(graph: TestGraph, seller: Seller, variantIds: string[]): Promise<Wish[]> {
  const inputs = Array.from({ length: EACH }, (_, index) => index);
  const line = (index: number) => [{ variantId: variantIds[index % variantIds.length] ?? '', quantity: 2 }];
  const sold = async (index: number) => buy(await signUp(graph, 'trade'), line(index), [seller.merchantId]);
  const toPay = async (index: number): Promise<Wish> => {
    const who: Actor = await signUp(graph, 'payer');
    await addToCart(who, line(index));
    const { orderGroup } = await who.must(CHECKOUT, checkoutInput(await chooseDelivery(who, [seller.merchantId])));
    const input = payInput(orderGroup);
    const carryOut = async () => {
      const { payment } = await who.must(PAY, input);
      if (payment.nextAction) await pressOnPage(payment.nextAction.content);
      await until(async () => (await who.must('query ($id: ID!) { payment(id: $id) { status } }', { id: payment.id })).status === 'SUCCEEDED', 20_000);
      return payment.id;
    };
    return { what: 'paid', orderId: orderGroup.orders[0].id, groupId: orderGroup.id, carryOut, done: null };
  };
  const toShip = async (index: number): Promise<Wish> => {
    const group = await sold(index);
    const [order] = group.orders;
    const input = { orderId: order.id, carrier: 'SF', trackingNumber: `SF${index}`, idempotencyKey: key() };
    return { what: 'shipped', orderId: order.id, groupId: group.id, carryOut: async () => (await seller.must(SHIP, { input })).shipment.id, done: null };
  };
  const toRefund = async (index: number): Promise<Wish> => {
    const group = await sold(index);
    const [order] = group.orders;
    const input = { orderId: order.id, lines: [{ orderLineId: order.lines[0].id, quantity: 1 }], reason: 'OTHER', idempotencyKey: key() };
    return {
      what: 'refunded',
      orderId: order.id,
      groupId: group.id,
      carryOut: async () => (await seller.must(REFUND, { input })).refundRequest.id,
      done: null,
    };
  };
  const all: Wish[] = [];
  for (const index of inputs) all.push(...(await Promise.all([toPay(index), toShip(index), toRefund(index)])));
  return all;
}

test('kill -9, again and again, in the middle of paying, shipping and refunding: nothing acknowledged is lost, nothing is done twice', {
  timeout: 300_000,
}, async () => {
  await using shop = await crashingShop('trade');
  const { graph } = shop;
  await shop.start();
  const staff = await staffMember(graph);
  const seller = await openShop(graph, staff, 'trade', 0);
  const { variantIds } = await publish(seller, await addCategory(staff), { prices: PRICES, stock: 500 });
  const wanted = await wishes(graph, seller, variantIds);

  for (let kill = 1; kill <= KILLS; kill++) {
    const open = wanted.filter(({ done }) => done === null);
    const goal = wanted.length - open.length + EACH / 2;
    // No more at once than leaves something for every kill to interrupt, however quick the machine is.
    const load = open.slice(0, EACH).map(async (wish) => {
      wish.done = await wish.carryOut().catch(stillDown);
    });
    await until(async () => wanted.filter(({ done }) => done !== null).length >= goal);
    await shop.kill();
    await Promise.all(load);
    await shop.start();
  }
  const acknowledged = wanted.filter(({ done }) => done !== null).map(({ done }) => done);
  expect(acknowledged.length).toBeGreaterThanOrEqual((KILLS * EACH) / 2);
  // Whoever was not told asks again.
  const restartedAt = Date.now();
  await Promise.all(
    wanted.map(async (wish) => {
      wish.done ??= await until(() => wish.carryOut().catch(stillDown), 60_000);
    }),
  );

  const rowsOf = (name: string, filter: object) =>
    withDatabases(graph.databasePrefix, (database) => database('order-payment').collection<any>(name).find(filter).toArray());
  await until(async () => {
    const [holding, moving] = [
      await rowsOf('payment', { refundPending: { $gt: 0 } }),
      await rowsOf('jobs', { kind: { $regex: '^(stock-|refund-execution|payment-anomaly)' } }),
    ];
    return holding.length === 0 && moving.length === 0;
  }, 60_000);
  expect(Date.now() - restartedAt).toBeLessThan(60_000);

  for (const { what, orderId, groupId, done } of wanted) {
    const [payments, shipments, refunds] = [
      await rowsOf('payment', { groupId, captured: { $ne: null } }),
      await rowsOf('shipment', { orderId }),
      await rowsOf('refund-request', { orderId }),
    ];
    expect([payments.length, shipments.length, refunds.length], `${what} ${orderId}`).toEqual([1, what === 'shipped' ? 1 : 0, what === 'refunded' ? 1 : 0]);
    const found = { paid: payments[0]?.status, shipped: shipments[0]?.status, refunded: refunds[0]?.status }[what];
    expect(found).toBe({ paid: 'SUCCEEDED', shipped: 'SHIPPED', refunded: 'SUCCEEDED' }[what]);
    expect({ paid: payments[0], shipped: shipments[0], refunded: refunds[0] }[what]._id).toBe(done);
  }
  expect(await booksOf(graph)).toEqual([]);
});
