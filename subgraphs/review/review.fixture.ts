import { newId } from '#platform/entity.ts';
import type { Identity } from '#platform/identity.ts';
import type { StoredEvent } from '#platform/outbox.ts';
import { buyer, startSubgraphs, staff, type TestSubgraphs } from '../../test/subgraphs.ts';
import { user } from '../user/index.ts';
import { review } from './index.ts';

export const startReviews = (): Promise<TestSubgraphs> => startSubgraphs([user, review], { JOBS_POLL_SECONDS: '60' });

export const as = (userId: string): { identity: Identity } => ({ identity: buyer(userId) });
export const moderator = { identity: staff('reviews:moderate') };

/** Asks the review subgraph; a top-level error fails the test. */
export async function ask(graph: TestSubgraphs, query: string, variables: object = {}, who: { identity?: Identity; locale?: string } = {}) {
  const { data, errors } = await graph.ask('review', query, variables, who);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** An event as another subgraph's relay brings it. */
export const event = (topic: string, data: Readonly<Record<string, unknown>>): StoredEvent => ({
  _id: newId('event'),
  topic,
  subjectId: newId('subject'),
  sequence: 1,
  data,
  at: new Date(),
});

export const tell = (graph: TestSubgraphs, topic: string, data: Readonly<Record<string, unknown>>) => graph.running('review').consume(event(topic, data));

export interface Delivery {
  readonly buyerId: string;
  readonly merchantId: string;
  readonly productId: string;
  readonly orderLineId: string;
}

/** A line that was bought and arrived. */
export async function deliver(graph: TestSubgraphs, given: Partial<Delivery> & { readonly at?: Date } = {}): Promise<Delivery> {
  const { at = new Date(), ...rest } = given;
  const delivery = { buyerId: newId('user'), merchantId: newId('merchant'), productId: newId('prod'), orderLineId: newId('line'), ...rest };
  const { buyerId, merchantId, productId, orderLineId } = delivery;
  const lines = [{ orderLineId, productId, variantId: newId('variant'), quantity: 1 }];
  await tell(graph, 'order.delivered', { orderId: newId('order'), groupId: newId('group'), buyerId, merchantId, lines, at });
  return delivery;
}

const CREATE = `mutation Create($input: ReviewCreateInput!) {
  reviewCreate(input: $input) {
    review { id rating title body status verifiedPurchase anonymous locale aspects { aspect rating } images { id url thumbnailUrl } }
    userErrors { code message path ... on AlreadyReviewedError { review { id } } ... on NotPurchasedError { orderLineId } }
  }
}`;

export async function write(graph: TestSubgraphs, { buyerId, orderLineId }: Pick<Delivery, 'buyerId' | 'orderLineId'>, given: object = {}) {
  const input = { orderLineId, rating: 5, body: 'Just what I wanted.', idempotencyKey: newId('key-of-test'), ...given };
  return (await ask(graph, CREATE, { input }, as(buyerId))).reviewCreate;
}

/** A published review of a new delivery. */
export async function reviewed(graph: TestSubgraphs, given: Partial<Delivery> = {}, content: object = {}) {
  const delivery = await deliver(graph, given);
  const { review: written, userErrors } = await write(graph, delivery, content);
  if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return { ...delivery, reviewId: written.id as string };
}

export const moderate = async (graph: TestSubgraphs, id: string, decision: string, reason = 'a reason') =>
  (
    await ask(
      graph,
      `mutation ($input: ReviewModerateInput!) {
        reviewModerate(input: $input) { review { status moderation { reason moderatedAt reportCount } } userErrors { code ... on InvalidStateError { currentState allowedStates } } }
      }`,
      { input: { id, decision, reason } },
      moderator,
    )
  ).reviewModerate;

export const update = async (graph: TestSubgraphs, authorId: string, input: object) =>
  (
    await ask(
      graph,
      'mutation ($input: ReviewUpdateInput!) { reviewUpdate(input: $input) { review { rating title body editedAt images { id } } userErrors { code path } } }',
      { input },
      as(authorId),
    )
  ).reviewUpdate;

export const remove = async (graph: TestSubgraphs, authorId: string, id: string) =>
  (await ask(graph, 'mutation ($id: ID!) { reviewDelete(id: $id) { deletedId userErrors { code path } } }', { id }, as(authorId))).reviewDelete;

export const vote = async (graph: TestSubgraphs, voterId: string, id: string, given: 'HELPFUL' | 'UNHELPFUL' | 'NONE') =>
  (
    await ask(
      graph,
      'mutation ($id: ID!, $vote: ReviewVote!) { reviewVote(id: $id, vote: $vote) { review { myVote helpfulCount unhelpfulCount } userErrors { code } } }',
      { id, vote: given },
      as(voterId),
    )
  ).reviewVote;

const RATING = `query Rating($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Product { averageRating ratingSummary { average weightedAverage count verifiedCount distribution { rating count } } }
    ... on Merchant { ratingSummary { average count verifiedCount distribution { rating count } } }
  }
}`;

export async function ratingOf(graph: TestSubgraphs, type: 'Product' | 'Merchant', id: string) {
  return (await ask(graph, RATING, { representations: [{ __typename: type, id }] }))._entities[0];
}
