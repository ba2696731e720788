import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { Identity } from '#platform/identity.ts';
import { ANONYMOUS, guest, member, type TestSubgraphs } from '../../test/subgraphs.ts';
import { as, ask, moderate, moderator, ratingOf, reviewed, startReviews, vote } from './review.fixture.ts';

let graph: TestSubgraphs;
beforeAll(async () => {
  graph = await startReviews();
});
afterAll(() => graph[Symbol.asyncDispose]());

const read = async (id: string, fields: string, identity: Identity = ANONYMOUS) =>
  (await ask(graph, `query ($id: ID!) { review(id: $id) { ${fields} } }`, { id }, { identity })).review;

describe('votes', () => {
  test('the same vote twice is once, another one moves both counters, NONE withdraws', async () => {
    const { reviewId } = await reviewed(graph);
    const voter = newId('user');
    expect(await vote(graph, voter, reviewId, 'NONE')).toMatchObject({ review: { myVote: 'NONE', helpfulCount: 0, unhelpfulCount: 0 } });
    for (let i = 0; i < 2; i++)
      expect(await vote(graph, voter, reviewId, 'HELPFUL')).toMatchObject({ review: { myVote: 'HELPFUL', helpfulCount: 1, unhelpfulCount: 0 } });
    expect(await vote(graph, voter, reviewId, 'UNHELPFUL')).toMatchObject({ review: { myVote: 'UNHELPFUL', helpfulCount: 0, unhelpfulCount: 1 } });
    expect(await vote(graph, voter, reviewId, 'NONE')).toMatchObject({ review: { myVote: 'NONE', helpfulCount: 0, unhelpfulCount: 0 } });
  });

  test('not on one’s own review, nor on a hidden or a missing one', async () => {
    const { reviewId, buyerId } = await reviewed(graph);
    expect(await vote(graph, buyerId, reviewId, 'HELPFUL')).toMatchObject({ review: null, userErrors: [{ code: 'OWN_REVIEW' }] });
    await moderate(graph, reviewId, 'HIDE');
    expect((await vote(graph, newId('user'), reviewId, 'HELPFUL')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await vote(graph, newId('user'), newId('review'), 'HELPFUL')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('a hundred at once are counted exactly, though some voters are impatient', async () => {
    const { reviewId } = await reviewed(graph);
    const voters = Array.from({ length: 50 }, (_, index) => ({ id: newId('user'), given: index % 3 === 0 ? ('UNHELPFUL' as const) : ('HELPFUL' as const) }));
    await Promise.all([...voters, ...voters].map(({ id, given }) => vote(graph, id, reviewId, given)));
    expect(await read(reviewId, 'helpfulCount unhelpfulCount myVote')).toEqual({ helpfulCount: 33, unhelpfulCount: 17, myVote: null });
  });

  test('guests have no vote of their own', async () => {
    const { reviewId } = await reviewed(graph);
    expect(await read(reviewId, 'myVote', guest())).toEqual({ myVote: null });
  });
});

describe('the seller’s reply', () => {
  const REPLY = 'mutation ($input: ReviewReplyInput!) { reviewReply(input: $input) { review { reply { body repliedAt editedAt } } userErrors { code path } } }';
  const reply = async (reviewId: string, body: string, identity: Identity) =>
    (await ask(graph, REPLY, { input: { reviewId, body } }, { identity })).reviewReply;

  test('one per review: again edits it, the earlier text is kept, and it can be taken away', async () => {
    const { reviewId, merchantId } = await reviewed(graph);
    const support = member(merchantId, ['reviews:reply'], 'SUPPORT');
    const first = await reply(reviewId, ' Thank you! ', support);
    expect(first.review.reply).toMatchObject({ body: 'Thank you!', editedAt: null });
    const second = await reply(reviewId, 'Thank you very much!', support);
    expect(second.review.reply).toMatchObject({ body: 'Thank you very much!', repliedAt: first.review.reply.repliedAt, editedAt: expect.any(String) });
    const kept = await graph.running('review').runtime.database.collection('review-revision').find({ reviewId, part: 'REPLY' }).toArray();
    expect(kept.map(({ content }) => content.body)).toEqual(['Thank you!']);
    const gone = await ask(
      graph,
      'mutation ($id: ID!) { reviewReplyDelete(reviewId: $id) { review { reply { body } } userErrors { code } } }',
      { id: reviewId },
      { identity: support },
    );
    expect(gone.reviewReplyDelete).toEqual({ review: { reply: null }, userErrors: [] });
  });

  test('another merchant’s member finds no such review; a buyer may not even ask', async () => {
    const { reviewId, merchantId } = await reviewed(graph);
    const foreign = await reply(reviewId, 'Hello', member(newId('merchant'), ['reviews:reply']));
    expect(foreign).toMatchObject({ review: null, userErrors: [{ code: 'NOT_FOUND', path: ['input', 'reviewId'] }] });
    const clerk: Identity = { ...member(newId('merchant'), ['reviews:reply']), memberships: [{ merchantId, role: 'READ_ONLY', scopes: ['orders:read'] }] };
    expect((await reply(reviewId, 'Hello', clerk)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const { errors } = await graph.ask('review', REPLY, { input: { reviewId, body: 'Hello' } }, as(newId('user')));
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });

  test('not to a hidden review, not empty, not endless', async () => {
    const { reviewId, merchantId } = await reviewed(graph);
    const owner = member(merchantId, ['reviews:reply']);
    expect((await reply(reviewId, ' ', owner)).userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'body'] }]);
    expect((await reply(reviewId, 'x'.repeat(2_001), owner)).userErrors).toMatchObject([{ code: 'TOO_LONG', path: ['input', 'body'] }]);
    await moderate(graph, reviewId, 'HIDE');
    expect((await reply(reviewId, 'Hello', owner)).userErrors).toMatchObject([{ code: 'INVALID_STATE' }]);
  });
});

describe('reports and moderation', () => {
  const report = async (userId: string, id: string) =>
    (
      await ask(
        graph,
        'mutation ($input: ReviewReportInput!) { reviewReport(input: $input) { review { id } userErrors { code } } }',
        { input: { id, reason: 'SPAM' } },
        as(userId),
      )
    ).reviewReport;

  test('a person’s report counts once, and brings the review before the moderators, the most reported first', async () => {
    const { reviewId, buyerId } = await reviewed(graph);
    await moderate(graph, reviewId, 'PUBLISH', 'fine');
    const reporters = [newId('user'), newId('user')];
    for (const reporter of [...reporters, ...reporters]) expect(await report(reporter, reviewId)).toEqual({ review: { id: reviewId }, userErrors: [] });
    expect((await report(buyerId, reviewId)).userErrors).toMatchObject([{ code: 'OWN_REVIEW' }]);
    const { reviewModerationQueue: queue } = await ask(
      graph,
      '{ reviewModerationQueue(first: 1) { nodes { id moderation { reportCount reason } } totalCount pageInfo { hasNextPage endCursor } } }',
      {},
      moderator,
    );
    expect(queue.nodes).toEqual([{ id: reviewId, moderation: { reportCount: 2, reason: 'fine' } }]);
    const next = await ask(
      graph,
      'query ($after: String) { reviewModerationQueue(first: 100, after: $after) { nodes { id } } }',
      { after: queue.pageInfo.endCursor },
      moderator,
    );
    expect(next.reviewModerationQueue.nodes).toHaveLength(queue.totalCount - 1);
  });

  test('hiding and restoring takes the rating out and in; each is possible from its own state only', async () => {
    const { reviewId, productId } = await reviewed(graph, {}, { rating: 2 });
    expect(await moderate(graph, reviewId, 'HIDE', 'rude')).toMatchObject({
      review: { status: 'HIDDEN', moderation: { reason: 'rude', moderatedAt: expect.any(String) } },
      userErrors: [],
    });
    expect(await ratingOf(graph, 'Product', productId)).toMatchObject({ averageRating: null });
    expect((await moderate(graph, reviewId, 'HIDE')).userErrors).toMatchObject([
      { code: 'INVALID_STATE', currentState: 'HIDDEN', allowedStates: ['PUBLISHED'] },
    ]);
    expect(await moderate(graph, reviewId, 'RESTORE')).toMatchObject({ review: { status: 'PUBLISHED' } });
    expect(await ratingOf(graph, 'Product', productId)).toMatchObject({ averageRating: 2 });
    expect((await moderate(graph, newId('review'), 'HIDE')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('what moderators know and do is closed to everyone else', async () => {
    const { reviewId, buyerId } = await reviewed(graph);
    const fields = await graph.ask('review', 'query ($id: ID!) { review(id: $id) { id moderation { reason } } }', { id: reviewId }, as(buyerId));
    expect(fields.data.review).toEqual({ id: reviewId, moderation: null });
    expect(fields.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
    const act = await graph.ask(
      'review',
      'mutation ($input: ReviewModerateInput!) { reviewModerate(input: $input) { userErrors { code } } }',
      { input: { id: reviewId, decision: 'HIDE', reason: 'x' } },
      as(buyerId),
    );
    expect(act.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });
});
