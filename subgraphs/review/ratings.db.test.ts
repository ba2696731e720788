import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { TestSubgraphs } from '../../test/subgraphs.ts';
import { ask, deliver, moderate, ratingOf, remove, reviewed, startReviews, tell, update, write } from './review.fixture.ts';

let graph: TestSubgraphs;
beforeAll(async () => {
  graph = await startReviews();
});
afterAll(() => graph[Symbol.asyncDispose]());

describe('ratings', () => {
  test('what was never reviewed has no average, and a summary of zeros', async () => {
    const { averageRating, ratingSummary } = await ratingOf(graph, 'Product', newId('prod'));
    expect(averageRating).toBeNull();
    expect(ratingSummary).toMatchObject({ average: null, weightedAverage: null, count: 0, verifiedCount: 0 });
    expect(ratingSummary.distribution).toEqual([5, 4, 3, 2, 1].map((rating) => ({ rating, count: 0 })));
  });

  test('a home list of products takes one command, of one as of fifty', async () => {
    const rated = await reviewed(graph, {}, { rating: 4 });
    for (const count of [1, 20, 50]) {
      const representations = [rated.productId, ...Array.from({ length: count - 1 }, () => newId('prod'))].map((id) => ({ __typename: 'Product', id }));
      const { _entities: products } = await ask(
        graph,
        'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Product { averageRating } } }',
        { representations },
      );
      expect(products[0].averageRating).toBe(4);
      expect(graph.fetches.at(-1)?.commands).toBe(1);
    }
  });

  test('equal a recount after creates, updates, hiding, restoring, refunds and deletes in random order at once', async () => {
    const merchantId = newId('merchant');
    const products = Array.from({ length: 3 }, () => newId('prod'));
    const live: { reviewId: string; buyerId: string; orderLineId: string }[] = [];
    const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
    const stars = () => 1 + Math.floor(Math.random() * 5);
    const create = async () => {
      live.push(await reviewed(graph, { merchantId, productId: pick(products) }, { rating: stars() }));
    };
    const actions = [
      create,
      async () => {
        const { buyerId, reviewId } = pick(live);
        await update(graph, buyerId, { id: reviewId, rating: stars() });
      },
      async () => moderate(graph, pick(live).reviewId, pick(['HIDE', 'RESTORE'])),
      async () => {
        const { buyerId, reviewId } = pick(live);
        await remove(graph, buyerId, reviewId);
      },
      async () => tell(graph, 'order.line_refunded', { orderId: newId('order'), orderLineIds: [pick(live).orderLineId] }),
    ];
    await Promise.all(Array.from({ length: 8 }, create));
    for (let round = 0; round < 12; round++) await Promise.all(Array.from({ length: 8 }, () => pick(actions)()));

    for (const productId of products) await expectRecount('Product', { productId });
    await expectRecount('Merchant', { merchantId });
    await expectToldOf(products);
  });

  test('parallel first reviews of one product all count', async () => {
    const [merchantId, productId] = [newId('merchant'), newId('prod')];
    const deliveries = await Promise.all(Array.from({ length: 20 }, () => deliver(graph, { merchantId, productId })));
    const answers = await Promise.all(deliveries.map((delivery, index) => write(graph, delivery, { rating: 1 + (index % 5) })));
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(await ratingOf(graph, 'Product', productId)).toMatchObject({ averageRating: 3, ratingSummary: { count: 20, verifiedCount: 20 } });
    await expectRecount('Merchant', { merchantId });
  });
});

const reviews = () => graph.running('review').runtime.database.collection('review');

async function expectRecount(type: 'Product' | 'Merchant', owner: { productId?: string; merchantId?: string }) {
  const published = await reviews()
    .find({ ...owner, status: 'PUBLISHED' })
    .toArray();
  const { ratingSummary } = await ratingOf(graph, type, owner.productId ?? owner.merchantId ?? '');
  const sum = published.reduce((total, { rating }) => total + rating, 0);
  expect(ratingSummary.count).toBe(published.length);
  expect(ratingSummary.average).toBe(published.length > 0 ? sum / published.length : null);
  expect(ratingSummary.verifiedCount).toBe(published.filter(({ verifiedPurchase }) => verifiedPurchase).length);
  for (const { rating, count } of ratingSummary.distribution) expect(count).toBe(published.filter((review) => review['rating'] === rating).length);
}

/** The last thing the others heard is what is true, and they heard every step in order. */
async function expectToldOf(productIds: readonly string[]) {
  const outbox = graph.running('review').runtime.database.collection('outbox');
  for (const productId of productIds) {
    const events = await outbox.find({ subjectId: productId, topic: 'review.rating_changed' }).sort({ sequence: 1 }).toArray();
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    const { averageRating, ratingSummary } = await ratingOf(graph, 'Product', productId);
    expect(events.at(-1)?.['data']).toMatchObject({ productId, count: ratingSummary.count, average: averageRating });
  }
}
