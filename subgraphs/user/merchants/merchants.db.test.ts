import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import { buyer, member, staff } from '../../../test/subgraphs.ts';
import { startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
beforeAll(async () => {
  shop = await startUserShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const BY_ID = 'query($id: ID!) { merchant(id: $id) { id slug name status description refundPolicy { windowDays text } } }';
const LIST = `query($filter: MerchantFilter, $first: Int, $after: String, $count: Boolean = false) {
  merchants(filter: $filter, first: $first, after: $after) { nodes { slug } pageInfo { hasNextPage endCursor } totalCount @include(if: $count) }
}`;
const UPDATE =
  'mutation($input: MerchantUpdateInput!) { merchantUpdate(input: $input) { merchant { name description logoUrl refundPolicy { windowDays text } } userErrors { __typename code path } } }';
const PRIVATE = 'query($id: ID!) { merchant(id: $id) { legalName application { submittedAt rejectionReasons } } }';

const lookUp = async (id: string, identity: Identity = ANONYMOUS) => (await shop.ask('user', BY_ID, { id }, { identity })).data.merchant;
const refer = async (reference: object, identity: Identity = ANONYMOUS) => {
  const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Merchant { id slug status settlementCurrency } } }';
  return (await shop.ask('user', query, { r: [{ __typename: 'Merchant', ...reference }] }, { identity })).data._entities[0];
};

async function opened(slug: string, fields: object = {}): Promise<string> {
  const { merchant } = await shop.apply(buyer(), slug, fields);
  await shop.review(merchant.id, 'APPROVE');
  return merchant.id;
}

describe('from application to closing', () => {
  test('each step changes what is seen, what the owner may do, and is told once', async () => {
    const owner = await shop.signUp('owner1');
    const { merchant } = await shop.apply(owner, 'green-tea', { name: '绿茶 Green Tea' });
    expect(merchant).toMatchObject({ slug: 'green-tea', status: 'UNDER_REVIEW' });
    expect(await lookUp(merchant.id)).toBeNull();
    expect(await refer({ id: merchant.id })).toBeNull();
    expect(await lookUp(merchant.id, owner)).toMatchObject({ status: 'UNDER_REVIEW' });
    expect(await lookUp(merchant.id, staff())).not.toBeNull();

    expect(await shop.review(merchant.id, 'SUSPEND')).toMatchObject({
      merchant: null,
      userErrors: [{ code: 'INVALID_STATE', currentState: 'UNDER_REVIEW', allowedStates: ['ACTIVE'] }],
    });
    expect(await shop.review(merchant.id, 'REJECT')).toMatchObject({ merchant: { status: 'REJECTED', application: { rejectionReasons: ['looked at'] } } });
    expect((await shop.apply(buyer(), 'green-tea')).userErrors).toMatchObject([{ code: 'SLUG_TAKEN' }]);
    expect(await shop.apply(owner, 'green-tea', { name: '绿茶' })).toMatchObject({
      merchant: { id: merchant.id, name: '绿茶', status: 'UNDER_REVIEW' },
      userErrors: [],
    });
    expect(await shop.review(merchant.id, 'APPROVE')).toMatchObject({ merchant: { status: 'ACTIVE', application: { rejectionReasons: [] } } });
    expect(await lookUp(merchant.id)).toMatchObject({ status: 'ACTIVE', refundPolicy: { windowDays: 14, text: 'Fourteen days.' } });

    const now = await shop.again('owner1');
    expect(now).toMatchObject({ kind: 'user', contract: 'partner', memberships: [{ merchantId: merchant.id, role: 'OWNER' }] });
    expect(now.scopes).toEqual(expect.arrayContaining(['account', 'catalog:write', 'merchant:team', 'apps:write']));

    await shop.review(merchant.id, 'SUSPEND');
    expect(await lookUp(merchant.id)).toBeNull();
    expect(await refer({ slug: 'green-tea' })).toMatchObject({ id: merchant.id, status: 'SUSPENDED' });
    await shop.review(merchant.id, 'REINSTATE');
    await shop.review(merchant.id, 'CLOSE');
    expect(await refer({ id: merchant.id })).toMatchObject({ status: 'CLOSED', settlementCurrency: 'CNY' });

    const events = await shop.running('user').runtime.database.collection('outbox').find({ subjectId: merchant.id }).sort({ sequence: 1 }).toArray();
    expect(events.map((event) => event['data'].status)).toEqual(['UNDER_REVIEW', 'REJECTED', 'UNDER_REVIEW', 'ACTIVE', 'SUSPENDED', 'ACTIVE', 'CLOSED']);
    expect(events[3]?.['data']).toEqual({ merchantId: merchant.id, slug: 'green-tea', name: '绿茶', kind: 'BUSINESS', status: 'ACTIVE' });
  });

  test('of ten applications for one slug at once one is taken', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.apply(buyer(), 'contested')));
    expect(answers.filter((answer) => answer.merchant)).toHaveLength(1);
    expect(answers.filter((answer) => answer.userErrors[0]?.code === 'SLUG_TAKEN')).toHaveLength(9);
  });

  test('of ten decisions at once one is carried out', async () => {
    const { merchant } = await shop.apply(buyer(), 'decided');
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => shop.review(merchant.id, index % 2 ? 'APPROVE' : 'REJECT')));
    expect(answers.filter((answer) => answer.merchant)).toHaveLength(1);
    expect(await shop.running('user').runtime.database.collection('outbox').countDocuments({ subjectId: merchant.id })).toBe(2);
  });

  test('wrong input is told field by field', async () => {
    const { userErrors } = await shop.apply(buyer(), 'No Slug', { name: '', registrationNumber: null });
    expect(userErrors.map((error: any) => error.path.join('.'))).toEqual(['input.name', 'input.slug', 'input.registrationNumber']);
  });

  test('an account belongs to at most ten', async () => {
    const busy = buyer();
    for (let index = 0; index < 10; index++) expect((await shop.apply(busy, `busy-${index}`)).userErrors).toEqual([]);
    expect((await shop.apply(busy, 'busy-10')).userErrors).toMatchObject([{ code: 'LIMIT_REACHED' }]);
  });

  test('only who may decides', async () => {
    const query = 'mutation { merchantReview(input: { id: "merch_1", decision: APPROVE, reason: "x" }) { userErrors { code path } } }';
    expect((await shop.ask('user', query, {}, { identity: buyer() })).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
    expect((await shop.ask('user', query, {}, { identity: staff('merchants:review') })).data.merchantReview.userErrors).toEqual([
      { code: 'NOT_FOUND', path: ['input', 'id'] },
    ]);
  });
});

describe('changing', () => {
  test('texts are kept per language', async () => {
    const id = await opened('two-tongues');
    const identity = member(id, ['merchant:write']);
    const write = (input: object, locale: string) => shop.ask('user', UPDATE, { input: { id, ...input } }, { identity, locale });
    await write({ name: 'Two Tongues', description: 'Fine tea' }, 'en');
    const { data } = await write(
      { description: '好茶', refundPolicy: { windowDays: 30, returnRequired: false, autoApproveAfterHours: 24, text: '三十天' } },
      'zh-CN',
    );
    expect(data.merchantUpdate).toEqual({
      merchant: { name: 'Two Tongues', description: '好茶', logoUrl: null, refundPolicy: { windowDays: 30, text: '三十天' } },
      userErrors: [],
    });
    expect(await lookUp(id)).toMatchObject({ description: 'Fine tea', refundPolicy: { windowDays: 30, text: 'Fourteen days.' } });
    const inChinese = await shop.ask('user', 'query($id: ID!) { merchant(id: $id) { description(locale: "zh-HK") } }', { id });
    expect(inChinese.data.merchant.description).toBe('好茶');
  });

  test('another merchant is not found, a closed one cannot, wrong values are told', async () => {
    const id = await opened('mine');
    const update = async (identity: Identity, input: object) =>
      (await shop.ask('user', UPDATE, { input: { id, ...input } }, { identity })).data.merchantUpdate.userErrors;
    expect(await update(member('merch_other', ['merchant:write']), { name: 'Taken over' })).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await update(member(id, ['merchant:write']), { name: null })).toMatchObject([{ code: 'INVALID', path: ['input', 'name'] }]);
    await shop.review(id, 'CLOSE');
    expect(await update(member(id, ['merchant:write']), { name: 'Too late' })).toMatchObject([{ __typename: 'InvalidStateError' }]);
  });

  test('what a team reads is for that team', async () => {
    const id = await opened('private');
    const read = async (identity: Identity) => (await shop.ask('user', PRIVATE, { id }, { identity })).data.merchant;
    expect(await read(member(id, ['merchant:read']))).toMatchObject({ legalName: 'Shop Ltd', application: { rejectionReasons: [] } });
    expect(await read(member('merch_other', ['merchant:read']))).toEqual({ legalName: null, application: null });
    expect(await read(staff('merchant:read'))).toMatchObject({ legalName: 'Shop Ltd' });
  });
});

describe('lists', () => {
  let graph: UserShop;
  const names = ['云山茶叶', '大山茶具 Mountain Pots', 'Tea House', 'Coffee Corner', 'Teapot Town'];

  beforeAll(async () => {
    graph = await startUserShop();
    for (const [index, name] of names.entries()) {
      const { merchant } = await graph.apply(buyer(), `listed-${index}`, {
        name,
        kind: index === 3 ? 'INDIVIDUAL' : 'BUSINESS',
        countryCode: index === 4 ? 'GB' : 'CN',
      });
      await graph.review(merchant.id, 'APPROVE');
    }
    await graph.apply(buyer(), 'waiting-1', { name: 'Tea in waiting' });
    await graph.apply(buyer(), 'waiting-2');
    graph.fetches.length = 0;
  });
  afterAll(() => graph[Symbol.asyncDispose]());

  const slugs = async (filter: object | null) => {
    const { data } = await graph.ask('user', LIST, { filter, count: true });
    expect(data.merchants.totalCount).toBe(data.merchants.nodes.length);
    return data.merchants.nodes.map((merchant: any) => Number(merchant.slug.split('-')[1]));
  };

  test.each([
    [null, [4, 3, 2, 1, 0]],
    [{ kind: 'INDIVIDUAL' }, [3]],
    [{ countryCode: 'GB' }, [4]],
    [{ search: 'tea' }, [4, 2]],
    [{ search: 'HOUSE tea' }, [2]],
    [{ search: '山茶' }, [1, 0]],
    [{ search: '茶叶' }, [0]],
    [{ search: '!!' }, []],
    [{ search: '$ne .*' }, []],
  ])('%j finds %j', async (filter, expected) => {
    expect(await slugs(filter)).toEqual(expected);
  });

  test('pages follow each other without gaps', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { data }: any = await graph.ask('user', LIST, { first: 2, after });
      seen.push(...data.merchants.nodes.map((merchant: any) => merchant.slug));
      ({ hasNextPage: more, endCursor: after } = data.merchants.pageInfo);
    }
    expect(seen).toEqual(['listed-4', 'listed-3', 'listed-2', 'listed-1', 'listed-0']);
  });

  test.each([{ first: 0 }, { first: -1 }, { first: 101 }, { after: 'garbage' }, { filter: { search: 'x'.repeat(101) } }])(
    '%j is refused with a reason',
    async (variables) => {
      const { errors } = await graph.ask('user', LIST, variables);
      expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
    },
  );

  test('one page is one database call, with its search by an index', async () => {
    graph.fetches.length = 0;
    await graph.ask('user', LIST, { first: 1 });
    await graph.ask('user', LIST, { first: 50 });
    expect(graph.fetches.map((fetch) => fetch.commands)).toEqual([1, 1]);
    const merchants = graph.running('user').runtime.database.collection('merchant');
    const plan = await merchants.find({ status: 'ACTIVE', searchWords: { $elemMatch: { $gte: '茶叶', $lt: '茶叶\uffff' } } }).explain('executionStats');
    expect(plan['executionStats'].totalDocsExamined).toBe(1);
  });

  test('applications wait their turn, for reviewers only', async () => {
    const query = '{ merchantApplications(first: 10) { nodes { slug legalName } totalCount } }';
    const { data } = await graph.ask('user', query, {}, { identity: staff('merchants:review') });
    expect(data.merchantApplications).toMatchObject({ nodes: [{ slug: 'waiting-1' }, { slug: 'waiting-2' }], totalCount: 2 });
    expect((await graph.ask('user', query, {}, { identity: buyer() })).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });
});

test('other subgraphs read what an order keeps, in one database call', async () => {
  const id = await opened('trading');
  const query =
    'query($ids: [ID!]!) { tradingMerchants(ids: $ids) { id slug name kind status countryCode settlementCurrency refundPolicy { windowDays returnRequired autoApproveAfterHours text } } }';
  shop.fetches.length = 0;
  const { data } = await shop.ask('user', query, { ids: ['merch_none', id] }, { caller: 'order-payment' });
  expect(data.tradingMerchants).toEqual([
    null,
    {
      id,
      slug: 'trading',
      name: 'Shop trading',
      kind: 'BUSINESS',
      status: 'ACTIVE',
      countryCode: 'CN',
      settlementCurrency: 'CNY',
      refundPolicy: { windowDays: 14, returnRequired: true, autoApproveAfterHours: 48, text: 'Fourteen days.' },
    },
  ]);
  expect(shop.fetches[0]?.commands).toBe(1);
  expect((await shop.ask('user', query, { ids: [id] })).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
});
