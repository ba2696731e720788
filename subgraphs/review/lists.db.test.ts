import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { TestSubgraphs } from '../../test/subgraphs.ts';
import { ask, reviewed, startReviews, tell, vote } from './review.fixture.ts';

let graph: TestSubgraphs;
beforeAll(async () => {
  graph = await startReviews();
});
afterAll(() => graph[Symbol.asyncDispose]());

const LIST = `query List($r: [_Any!]!, $filter: ReviewFilter, $sort: ReviewSort, $first: Int, $after: String) {
  _entities(representations: $r) {
    ... on Product { id reviews(filter: $filter, sort: $sort, first: $first, after: $after) { nodes { id rating author { displayName } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }
    ... on Merchant { id reviews(filter: $filter, sort: $sort, first: $first, after: $after) { nodes { id rating author { displayName } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }
  }
}`;
const list = async (type: 'Product' | 'Merchant', id: string, args: object = {}) =>
  (await ask(graph, LIST, { r: [{ __typename: type, id }], ...args }))._entities[0].reviews;
const ids = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id);

describe('lists of reviews', () => {
  const productId = newId('prod');
  const merchantId = newId('merchant');
  const written: { reviewId: string; orderLineId: string; buyerId: string }[] = [];
  const at = (...positions: number[]) => positions.map((position) => written[position]?.reviewId);

  beforeAll(async () => {
    for (const rating of [3, 5, 1, 5, 4]) written.push(await reviewed(graph, { productId, merchantId }, { rating }));
    const [first, , third] = written;
    await vote(graph, newId('user'), third?.reviewId ?? '', 'HELPFUL');
    await tell(graph, 'order.line_refunded', { orderId: newId('order'), orderLineIds: [first?.orderLineId] });
  });

  test.each([
    ['MOST_HELPFUL', [2, 4, 3, 1, 0]],
    ['NEWEST', [4, 3, 2, 1, 0]],
    ['OLDEST', [0, 1, 2, 3, 4]],
    ['RATING_DESC', [3, 1, 4, 0, 2]],
    ['RATING_ASC', [2, 0, 4, 1, 3]],
  ] as const)('%s, in one piece and page by page', async (sort, order) => {
    for (const [type, id] of [
      ['Product', productId],
      ['Merchant', merchantId],
    ] as const) {
      expect(ids(await list(type, id, { sort, first: 10 }))).toEqual(at(...order));
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page = await list(type, id, { sort, first: 2, after });
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        expect(page.totalCount).toBe(5);
        seen.push(...ids(page));
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      } while (after);
      expect(seen).toEqual(at(...order));
    }
  });

  test.each([
    [{ rating: [5, 4] }, [1, 3, 4]],
    [{ rating: [2] }, []],
    [{ verifiedOnly: true }, [1, 2, 3, 4]],
    [{ withImages: true }, []],
    [{ withReply: false }, [0, 1, 2, 3, 4]],
    [{ withReply: true }, []],
    [{ locale: 'EN' }, [0, 1, 2, 3, 4]],
    [{ locale: 'zh' }, []],
    [{ rating: [5, 3], verifiedOnly: true }, [1, 3]],
  ] as const)('filter %j', async (filter, positions) => {
    const page = await list('Product', productId, { sort: 'OLDEST', filter });
    expect(ids(page)).toEqual(at(...positions));
    expect(page.totalCount).toBe(positions.length);
  });

  test('a wrong page size or a cursor of another order is refused with a sentence', async () => {
    const { pageInfo } = await list('Product', productId, { sort: 'NEWEST', first: 1 });
    for (const args of [{ first: 0 }, { first: 101 }, { after: 'garbage' }, { sort: 'OLDEST', after: pageInfo.endCursor }]) {
      const { errors } = await graph.ask('review', LIST, { r: [{ __typename: 'Product', id: productId }], ...args });
      expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
    }
  });

  test('many products at once: each its own page, as many commands as for one', async () => {
    const others = [];
    for (let i = 0; i < 3; i++) others.push(await reviewed(graph, { productId: newId('prod') }));
    const representations = [productId, ...others.map((other) => other.productId), ...Array.from({ length: 46 }, () => newId('prod'))].map((id) => ({
      __typename: 'Product',
      id,
    }));
    const screen = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product {
      ratingSummary { average count } reviews(first: 3, sort: NEWEST) { nodes { id author { id displayName } } pageInfo { hasNextPage } }
    } } }`;
    const one = await ask(graph, screen, { r: representations.slice(0, 1) });
    expect(graph.fetches.at(-1)?.commands).toBe(2);
    const fifty = await ask(graph, screen, { r: representations });
    expect(graph.fetches.at(-1)?.commands).toBe(2);
    expect(fifty._entities[0]).toEqual(one._entities[0]);
    expect(ids(fifty._entities[0].reviews)).toEqual(at(4, 3, 2));
    expect(fifty._entities[0].reviews.pageInfo.hasNextPage).toBe(true);
    others.forEach(({ reviewId }, index) => expect(ids(fifty._entities[index + 1].reviews)).toEqual([reviewId]));
    expect(fifty._entities[49].reviews.nodes).toEqual([]);
  });
});
