import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { TestSubgraphs } from '../../test/subgraphs.ts';
import { as, ask, deliver, event, ratingOf, reviewed, startReviews, tell, write } from './review.fixture.ts';

let graph: TestSubgraphs;
beforeAll(async () => {
  graph = await startReviews();
});
afterAll(() => graph[Symbol.asyncDispose]());

const linesOf = (orderLineIds: string[], userId: string) =>
  ask(
    graph,
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on OrderLine { canReview review { id } } } }',
    { r: orderLineIds.map((id) => ({ __typename: 'OrderLine', id })) },
    as(userId),
  ).then(({ _entities: lines }) => lines);

describe('what a buyer may review', () => {
  const PENDING =
    'query ($first: Int, $after: String) { myPendingReviews(first: $first, after: $after) { edges { cursor node { id } reviewableUntil } nodes { id } pageInfo { hasNextPage endCursor } } }';

  test('myPendingReviews pages through delivered lines, the latest first, without those that are reviewed or too old', async () => {
    const buyerId = newId('user');
    const day = (days: number) => new Date(Date.now() - days * 24 * 3600 * 1000);
    const lines = [];
    for (const days of [3, 1, 2, 40]) lines.push((await deliver(graph, { buyerId, at: day(days) })).orderLineId);
    await deliver(graph, { buyerId, at: day(91) });
    await reviewed(graph, { buyerId });
    await deliver(graph);

    const first = (await ask(graph, PENDING, { first: 3 }, as(buyerId))).myPendingReviews;
    expect(first.nodes.map(({ id }: { id: string }) => id)).toEqual([lines[1], lines[2], lines[0]]);
    expect(first.edges[0]).toMatchObject({ node: { id: lines[1] }, reviewableUntil: expect.stringMatching(/Z$/) });
    const rest = (await ask(graph, PENDING, { first: 3, after: first.pageInfo.endCursor }, as(buyerId))).myPendingReviews;
    expect(rest.nodes).toEqual([{ id: lines[3] }]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  test('OrderLine.canReview and .review, for one line and for fifty, in two commands', async () => {
    const delivery = await deliver(graph);
    expect(await linesOf([delivery.orderLineId], delivery.buyerId)).toEqual([{ canReview: true, review: null }]);
    expect(await linesOf([delivery.orderLineId], newId('user'))).toEqual([{ canReview: false, review: null }]);
    const { review } = await write(graph, delivery);
    expect(await linesOf([delivery.orderLineId], delivery.buyerId)).toEqual([{ canReview: false, review: { id: review.id } }]);
    expect(graph.fetches.at(-1)?.commands).toBe(2);
    await linesOf(
      Array.from({ length: 50 }, () => newId('line')),
      delivery.buyerId,
    );
    expect(graph.fetches.at(-1)?.commands).toBe(2);
  });

  test('an event that comes twice counts once', async () => {
    const orderLineId = newId('line');
    const buyerId = newId('user');
    const lines = [{ orderLineId, productId: newId('prod'), variantId: newId('variant'), quantity: 1 }];
    const delivered = event('order.delivered', { orderId: newId('order'), buyerId, merchantId: newId('merchant'), lines, at: new Date().toISOString() });
    await Promise.all([graph.running('review').consume(delivered), graph.running('review').consume(delivered)]);
    expect((await write(graph, { buyerId, orderLineId })).userErrors).toEqual([]);
    await graph.running('review').consume(delivered);
    expect((await write(graph, { buyerId, orderLineId })).userErrors).toMatchObject([{ code: 'ALREADY_REVIEWED' }]);
  });

  test('an order without an account gives nobody the right', async () => {
    const lines = [{ orderLineId: newId('line'), productId: newId('prod'), variantId: newId('variant'), quantity: 1 }];
    await tell(graph, 'order.delivered', { orderId: newId('order'), buyerId: null, merchantId: newId('merchant'), lines, at: new Date() });
  });
});

describe('full refunds', () => {
  test('a refunded line keeps its review, which is no longer of a verified purchase', async () => {
    const { orderLineId, productId, merchantId, reviewId } = await reviewed(graph);
    await tell(graph, 'order.line_refunded', { orderId: newId('order'), orderLineIds: [orderLineId, newId('line')] });
    expect((await ask(graph, 'query ($id: ID!) { review(id: $id) { verifiedPurchase } }', { id: reviewId })).review.verifiedPurchase).toBe(false);
    for (const [type, id] of [
      ['Product', productId],
      ['Merchant', merchantId],
    ] as const) {
      expect((await ratingOf(graph, type, id)).ratingSummary).toMatchObject({ count: 1, verifiedCount: 0 });
    }
  });

  test('a line that was refunded after it arrived can still be reviewed, unverified', async () => {
    const delivery = await deliver(graph);
    await tell(graph, 'order.line_refunded', { orderId: newId('order'), orderLineIds: [delivery.orderLineId] });
    expect((await write(graph, delivery)).review).toMatchObject({ verifiedPurchase: false });
  });

  test('a line that was refunded before it arrived cannot, though the rest of its order arrives', async () => {
    const orderLineId = newId('line');
    await tell(graph, 'order.line_refunded', { orderId: newId('order'), orderLineIds: [orderLineId] });
    const delivery = await deliver(graph, { orderLineId });
    expect((await write(graph, delivery)).userErrors).toMatchObject([{ code: 'NOT_PURCHASED' }]);
  });
});
