import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import { ANONYMOUS, guest, member, type TestSubgraphs } from '../../test/subgraphs.ts';
import { as, ask, deliver, event, moderate, moderator, ratingOf, remove, reviewed, startReviews, tell, update, write } from './review.fixture.ts';

const DAY = 24 * 3600 * 1000;
const ago = (days: number) => new Date(Date.now() - days * DAY);

let graph: TestSubgraphs;
beforeAll(async () => {
  graph = await startReviews();
});
afterAll(() => graph[Symbol.asyncDispose]());

const read = async (id: string, identity = ANONYMOUS, fields = 'id body') =>
  (await ask(graph, `query ($id: ID!) { review(id: $id) { ${fields} } }`, { id }, { identity })).review;

describe('reviewCreate', () => {
  test('the buyer of a delivered line reviews it, and everyone sees it at once', async () => {
    const delivery = await deliver(graph);
    const { review, userErrors } = await write(graph, delivery, { title: '  Good ', body: ' Warm. ', rating: 4, aspects: [{ aspect: 'SERVICE', rating: 3 }] });
    expect(userErrors).toEqual([]);
    expect(review).toMatchObject({
      rating: 4,
      title: 'Good',
      body: 'Warm.',
      status: 'PUBLISHED',
      verifiedPurchase: true,
      locale: 'en',
      aspects: [{ aspect: 'SERVICE', rating: 3 }],
    });
    expect(await read(review.id)).toMatchObject({ id: review.id });
  });

  test('a second review of the line is refused and shows the first', async () => {
    const { reviewId, ...delivery } = await reviewed(graph);
    const { review, userErrors } = await write(graph, delivery);
    expect(review).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'ALREADY_REVIEWED', path: ['input', 'orderLineId'], review: { id: reviewId } }]);
  });

  test('several creates for one line at once: one review', async () => {
    for (let round = 0; round < 10; round++) {
      const delivery = await deliver(graph);
      const answers = await Promise.all(Array.from({ length: 4 }, () => write(graph, delivery)));
      const written = answers.filter(({ userErrors }) => userErrors.length === 0);
      expect(written).toHaveLength(1);
      for (const { userErrors } of answers)
        if (userErrors.length > 0) expect(userErrors[0]).toMatchObject({ code: 'ALREADY_REVIEWED', review: { id: written[0].review.id } });
      expect(await ratingOf(graph, 'Product', delivery.productId)).toMatchObject({ ratingSummary: { count: 1 } });
    }
  });

  test('the same key is one effect with one answer; other arguments under it are refused', async () => {
    const delivery = await deliver(graph);
    const idempotencyKey = newId('same-key-of-test');
    const answers = await Promise.all(Array.from({ length: 5 }, () => write(graph, delivery, { idempotencyKey })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0].userErrors).toEqual([]);
    expect((await write(graph, delivery, { idempotencyKey, rating: 1 })).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_PARAMETER_MISMATCH' }]);
  });

  test('not delivered, not theirs, or delivered too long ago', async () => {
    const delivery = await deliver(graph);
    const notTheirs = await write(graph, { ...delivery, buyerId: newId('user') });
    expect(notTheirs.userErrors).toMatchObject([{ code: 'NOT_PURCHASED', orderLineId: delivery.orderLineId }]);
    const unknown = await write(graph, { buyerId: delivery.buyerId, orderLineId: newId('line') });
    expect(unknown.userErrors).toMatchObject([{ code: 'NOT_PURCHASED' }]);
    const lastDay = await write(graph, await deliver(graph, { at: ago(89.9) }));
    expect(lastDay.userErrors).toEqual([]);
    const late = await write(graph, await deliver(graph, { at: ago(90) }));
    expect(late.userErrors).toMatchObject([{ code: 'REVIEW_WINDOW_CLOSED' }]);
  });

  test('everything that is wrong with the content is named, and nothing is written', async () => {
    const delivery = await deliver(graph);
    const { userErrors } = await write(graph, delivery, { rating: 6, body: '  ', title: 'x'.repeat(121), aspects: [{ aspect: 'SERVICE', rating: 0 }] });
    expect(userErrors.map((error: { path: string[] }) => error.path.join('.'))).toEqual([
      'input.rating',
      'input.aspects.0.rating',
      'input.title',
      'input.body',
    ]);
    expect(await ratingOf(graph, 'Product', delivery.productId)).toMatchObject({ averageRating: null, ratingSummary: { count: 0 } });
  });

  test.each([ANONYMOUS, guest()])('$kind has no account', async (identity) => {
    const input = { orderLineId: newId('line'), rating: 5, body: 'x', idempotencyKey: newId('key-of-test') };
    const { errors } = await graph.ask(
      'review',
      'mutation ($input: ReviewCreateInput!) { reviewCreate(input: $input) { userErrors { code } } }',
      { input },
      { identity },
    );
    expect(errors?.[0]?.extensions?.['code']).toBe(identity.kind === 'guest' ? 'FORBIDDEN' : 'UNAUTHENTICATED');
  });
});

describe('who is shown as author', () => {
  const AUTHOR = 'id author { id displayName }';

  test('an account, by its name when it wrote and by its new one after that', async () => {
    const register = 'mutation ($input: UserRegisterInput!) { userRegister(input: $input) { userErrors { code } } }';
    const account = { username: 'alice', email: 'alice@example.test', password: 'correct horse battery', displayName: 'Alice', acceptedTermsVersion: '1' };
    expect((await graph.ask('user', register, { input: account })).data.userRegister.userErrors).toEqual([]);
    const stored = await graph.running('user').runtime.database.collection<{ _id: string }>('user').findOne({ username: 'alice' });
    const buyerId = stored?._id ?? '';
    const { reviewId } = await reviewed(graph, { buyerId });
    expect((await read(reviewId, ANONYMOUS, AUTHOR)).author).toEqual({ id: buyerId, displayName: 'Alice' });

    await graph.ask('user', 'mutation { profileUpdate(input: { displayName: "Alicia" }) { userErrors { code } } }', {}, as(buyerId));
    await graph.settle();
    expect((await read(reviewId, ANONYMOUS, AUTHOR)).author.displayName).toBe('Alicia');
  });

  test('a change of name that is told twice does not undo a later one', async () => {
    const { reviewId, buyerId } = await reviewed(graph);
    const renamed = event('user.profile_changed', { userId: buyerId, displayName: 'Bob' });
    await graph.running('review').consume(renamed);
    await tell(graph, 'user.profile_changed', { userId: buyerId, displayName: 'Carol' });
    await graph.running('review').consume(renamed);
    expect((await read(reviewId, ANONYMOUS, AUTHOR)).author.displayName).toBe('Carol');
  });

  test('an anonymous author is seen by nobody else, and not found through their page', async () => {
    const { reviewId, buyerId } = await reviewed(graph, {}, { anonymous: true });
    await tell(graph, 'user.profile_changed', { userId: buyerId, displayName: 'Alice' });
    expect((await read(reviewId, ANONYMOUS, AUTHOR)).author).toBeNull();
    expect((await read(reviewId, as(buyerId).identity, AUTHOR)).author.id).toBe(buyerId);
    const page = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { reviews { nodes { id } totalCount } } } }';
    const r = [{ __typename: 'User', id: buyerId }];
    expect((await ask(graph, page, { r }))._entities[0].reviews).toEqual({ nodes: [], totalCount: 0 });
    expect((await ask(graph, page, { r }, as(buyerId)))._entities[0].reviews).toEqual({ nodes: [{ id: reviewId }], totalCount: 1 });
  });
});

describe('reviewUpdate and reviewDelete', () => {
  const writtenAt = (id: string, createdAt: Date) =>
    graph.running('review').runtime.database.collection<{ _id: string }>('review').updateOne({ _id: id }, { $set: { createdAt } });

  test('the author changes what is given; the rest stays, the earlier text is kept, and moderators look again', async () => {
    const { reviewId, buyerId, productId } = await reviewed(graph, {}, { title: 'First', rating: 2 });
    await moderate(graph, reviewId, 'PUBLISH');
    const { review, userErrors } = await update(graph, buyerId, { id: reviewId, rating: 4, body: 'Better than I thought.' });
    expect(userErrors).toEqual([]);
    expect(review).toMatchObject({ rating: 4, title: 'First', body: 'Better than I thought.', editedAt: expect.any(String) });
    expect((await update(graph, buyerId, { id: reviewId, title: '' })).review).toMatchObject({ title: null, rating: 4 });
    expect(await ratingOf(graph, 'Product', productId)).toMatchObject({ averageRating: 4, ratingSummary: { count: 1 } });
    const revisions = await graph.running('review').runtime.database.collection('review-revision').find({ reviewId }).sort({ _id: 1 }).toArray();
    expect(revisions.map(({ content }) => content)).toMatchObject([
      { title: 'First', rating: 2 },
      { title: 'First', rating: 4 },
    ]);
    const queue = await ask(graph, '{ reviewModerationQueue(first: 100) { nodes { id } } }', {}, moderator);
    expect(queue.reviewModerationQueue.nodes).toContainEqual({ id: reviewId });
  });

  test('nobody else, and not after 30 days', async () => {
    const { reviewId, buyerId } = await reviewed(graph);
    const stranger = newId('user');
    expect((await update(graph, stranger, { id: reviewId, rating: 1 })).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'id'] }]);
    expect(await remove(graph, stranger, reviewId)).toMatchObject({ deletedId: null, userErrors: [{ code: 'NOT_FOUND', path: ['id'] }] });
    await writtenAt(reviewId, ago(30));
    expect((await update(graph, buyerId, { id: reviewId, rating: 1 })).userErrors).toMatchObject([{ code: 'EDIT_WINDOW_CLOSED' }]);
    expect(await remove(graph, buyerId, reviewId)).toMatchObject({ deletedId: null, userErrors: [{ code: 'EDIT_WINDOW_CLOSED' }] });
    expect(await read(reviewId)).toMatchObject({ body: 'Just what I wanted.' });
  });

  test('a deleted review is gone, no longer counts, and makes room for another', async () => {
    const { reviewId, ...delivery } = await reviewed(graph);
    expect(await remove(graph, delivery.buyerId, reviewId)).toEqual({ deletedId: reviewId, userErrors: [] });
    expect(await read(reviewId)).toBeNull();
    expect(await ratingOf(graph, 'Product', delivery.productId)).toMatchObject({ averageRating: null, ratingSummary: { count: 0, average: null } });
    expect((await remove(graph, delivery.buyerId, reviewId)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await write(graph, delivery)).userErrors).toEqual([]);
  });

  test('deleting a hidden review is no way around moderation', async () => {
    const { reviewId, ...delivery } = await reviewed(graph);
    await moderate(graph, reviewId, 'HIDE');
    expect((await remove(graph, delivery.buyerId, reviewId)).deletedId).toBe(reviewId);
    expect((await write(graph, delivery)).userErrors).toMatchObject([{ code: 'REVIEW_REMOVED' }]);
  });
});

describe('who sees a hidden review', () => {
  test('its author, its merchant and moderators, in every place', async () => {
    const { reviewId, buyerId, merchantId, productId, orderLineId } = await reviewed(graph);
    await moderate(graph, reviewId, 'HIDE');
    const members = { identity: member(merchantId, []) };
    const places = `query ($id: ID!, $r: [_Any!]!) {
      review(id: $id) { id }
      _entities(representations: $r) {
        ... on Review { id } ... on OrderLine { review { id } }
        ... on Merchant { reviews { nodes { id } } } ... on User { reviews { nodes { id } } } ... on Product { reviews { nodes { id } } }
      }
    }`;
    const r = [
      { __typename: 'Review', id: reviewId },
      { __typename: 'OrderLine', id: orderLineId },
      { __typename: 'Merchant', id: merchantId },
      { __typename: 'User', id: buyerId },
      { __typename: 'Product', id: productId },
    ];
    const seen = async (who: object) => {
      const { review, _entities: found } = await ask(graph, places, { id: reviewId, r }, who);
      const listed = (entity: { reviews: { nodes: object[] } }) => entity.reviews.nodes.length > 0;
      return {
        field: review !== null,
        reference: found[0] !== null,
        line: found[1].review !== null,
        merchant: listed(found[2]),
        user: listed(found[3]),
        product: listed(found[4]),
      };
    };
    const all = { field: true, reference: true, line: true };
    expect(await seen(as(buyerId))).toEqual({ ...all, merchant: false, user: true, product: false });
    expect(await seen(members)).toEqual({ ...all, merchant: true, user: false, product: false });
    expect(await seen(moderator)).toEqual({ ...all, merchant: true, user: true, product: false });
    expect(await seen(as(newId('user')))).toEqual({ field: false, reference: false, line: false, merchant: false, user: false, product: false });
  });

  test('the order line behind a review is for author, merchant and moderators', async () => {
    const { reviewId, buyerId, merchantId, orderLineId } = await reviewed(graph);
    const line = (identity: typeof ANONYMOUS) => read(reviewId, identity, 'orderLine { id }');
    expect(await line(as(buyerId).identity)).toEqual({ orderLine: { id: orderLineId } });
    expect(await line(member(merchantId, []))).toEqual({ orderLine: { id: orderLineId } });
    expect(await line(as(newId('user')).identity)).toEqual({ orderLine: null });
  });
});
