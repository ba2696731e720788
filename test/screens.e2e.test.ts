import { describe, expect, test } from 'vitest';
import { CART, HOME, ORDER_HISTORY, PRODUCT_PAGE, SEARCH } from '../bench/screens.ts';
import { addCategory, addToCart, buy, chooseDelivery, key, openShop, publish, rootOf, type Seller, signUp, staffMember, until } from './actors.ts';
import { startGraph, TOPOLOGIES } from './graph.ts';

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** A screen's query costs the same, however long its list: the commands and calls at one item and at fifty. */
describe.each(TOPOLOGIES)('what a screen costs, %s', (topology) => {
  test('a constant number of MongoDB commands, at most 8, and few calls', { timeout: 180_000 }, async () => {
    await using graph = await startGraph({ topology });
    const staff = await staffMember(graph);
    const sellers = [await openShop(graph, staff, 'first'), await openShop(graph, staff, 'second')];
    const categoryId = await addCategory(staff);
    const goods: { seller: Seller; productId: string; variantIds: string[] }[] = [];
    for (let index = 0; index < 50; index++) {
      const seller = sellers[index % 2]!;
      goods.push({
        seller,
        ...(await publish(seller, categoryId, {
          title: `oolong ${index}`,
          prices: index === 0 ? Array.from({ length: 50 }, (_, i) => 1000 + i) : [1000 + index],
        })),
      });
    }
    const buyers = [await signUp(graph, 'one'), await signUp(graph, 'fifty')];
    const [one, fifty] = [buyers[0]!, buyers[1]!];

    // Fifty orders with a review each for one buyer, a single one for the other.
    const review = async (who: typeof one, orderLineId: string) => {
      const CREATE = 'mutation ($input: ReviewCreateInput!) { reviewCreate(input: $input) { review { id } userErrors { code } } }';
      await until(async () => (await who.ask(CREATE, { input: { orderLineId, rating: 5, body: 'Good.', idempotencyKey: key() } })).data?.reviewCreate.review);
    };
    const receive = async (who: typeof one, seller: (typeof sellers)[0], group: any) => {
      for (const order of group.orders) {
        await seller.must('mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { order { id } userErrors { code message } } }', {
          input: { orderId: order.id, carrier: 'SF', trackingNumber: key(), idempotencyKey: key() },
        });
        await who.must('mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { order { id } userErrors { code message } } }', { id: order.id });
        await review(who, order.lines[0].id);
      }
    };
    const ordersOf = topology === 'embedded' ? 50 : 5;
    const first = goods[0]!;
    await receive(one, goods[1]!.seller, await buy(one, [{ variantId: goods[1]!.variantIds[0]!, quantity: 1 }], [goods[1]!.seller.merchantId]));
    for (let index = 0; index < ordersOf; index++) {
      await receive(fifty, first.seller, await buy(fifty, [{ variantId: first.variantIds[index % 50]!, quantity: 1 }], [first.seller.merchantId]));
    }
    await addToCart(one, [{ variantId: goods[1]!.variantIds[0]!, quantity: 1 }]);
    await addToCart(
      fifty,
      goods.map(({ variantIds }) => ({ variantId: variantIds[0]!, quantity: 1 })),
    );
    await chooseDelivery(one, [goods[1]!.seller.merchantId]);
    await chooseDelivery(
      fifty,
      sellers.map(({ merchantId }) => merchantId),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));

    const measure = async (query: string, variables: object, token?: string) => {
      graph.resetCalls();
      const answer = rootOf(await graph.query(query, variables, { token }));
      // The services' log lines arrive a moment later.
      await new Promise((resolve) => setTimeout(resolve, topology === 'services' ? 300 : 0));
      return { answer, calls: graph.calls(), commands: graph.commands() };
    };
    const cases: [string, number, () => ReturnType<typeof measure>, () => ReturnType<typeof measure>][] = [
      [HOME.name, 2, () => measure(HOME.query, { first: 1 }), () => measure(HOME.query, { first: 50 })],
      [
        PRODUCT_PAGE.name,
        4,
        () => measure(PRODUCT_PAGE.query, { id: goods[1]!.productId }),
        () => measure(PRODUCT_PAGE.query, { id: first.productId, reviews: 50 }),
      ],
      [SEARCH.name, 3, () => measure(SEARCH.query, { query: 'oolong', first: 1 }), () => measure(SEARCH.query, { query: 'oolong', first: 50 })],
      [CART.name, 4, () => measure(CART.query, {}, one.token), () => measure(CART.query, {}, fifty.token)],
      [ORDER_HISTORY.name, 4, () => measure(ORDER_HISTORY.query, { first: 1 }, one.token), () => measure(ORDER_HISTORY.query, { first: 50 }, fifty.token)],
    ];
    for (const [name, mostCalls, atOne, atFifty] of cases) {
      const small = await atOne();
      const large = await atFifty();
      expect(large.commands, `${name}: commands at 1 and at 50`).toEqual(small.commands);
      expect(large.calls, `${name}: calls at 1 and at 50`).toEqual(small.calls);
      expect(total(large.commands), `${name}: commands ${JSON.stringify(large.commands)}`).toBeLessThanOrEqual(8);
      expect(total(large.calls), `${name}: calls ${JSON.stringify(large.calls)}`).toBeLessThanOrEqual(mostCalls + 1);
    }
  });
});
