import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { Identity } from '#platform/identity.ts';
import { buyer, guest, member, staff, startSubgraphs, type TestSubgraphs } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { orderPayment } from './index.ts';
import { type Figure, planOf } from './statistics/figures.ts';
import { labelOf, randomTrade, recount } from './statistics.fixture.ts';

/** From a spring to a spring: both changes of the clocks, in both hemispheres, lie in it. */
const TRADED: readonly [Date, Date] = [new Date('2025-03-01T00:00:00Z'), new Date('2026-04-15T00:00:00Z')];
const merchants = [newId('merch'), newId('merch'), newId('merch')] as const;
const [tea] = merchants;
const trade = randomTrade(20_260_822, merchants, 3_000, TRADED);
const analyst = staff('stats:platform', 'stats:read');

let graph: TestSubgraphs;

beforeAll(async () => {
  graph = await startSubgraphs([orderPayment]);
  const { database } = graph.running('order-payment').runtime;
  await database.collection<any>('order').insertMany(trade.orders.map((order) => ({ ...order })));
  await database.collection<any>('refund-request').insertMany(trade.refunds.map((refund) => ({ ...refund })));
});
afterAll(async () => {
  await graph[Symbol.asyncDispose]();
});

const FIGURES = `range { from to timeZone } currency grossSales { amount currency } refunds { amount } netSales { amount } paidOrders unitsSold
  averageOrderValue { amount } refundRateBps expiredOrders uniqueBuyers freshAsOf
  series(granularity: $granularity) { bucketStart netSales { amount } paidOrders refunds { amount } }
  topProducts(first: 100) { product { id } units netSales { amount } } byPaymentMethod { method orders amount { amount } }`;
const PLATFORM = `query ($input: StatisticsInput!, $granularity: StatisticsGranularity!) { platformStatistics(input: $input) { ${FIGURES} } }`;
const entities = (fields: string, variables = '$input: StatisticsInput!') =>
  `query ($of: [_Any!]!, ${variables}) { _entities(representations: $of) { ... on Merchant { statistics(input: $input) { ${fields} } } } }`;

const inputOf = (from: string, to: string, { timeZone = 'Europe/Berlin', currency = 'EUR' } = {}) => ({ range: { from, to }, timeZone, currency });
type Input = ReturnType<typeof inputOf>;

async function statistics(merchantId: string | null, input: Input, granularity = 'DAY'): Promise<any> {
  const query = merchantId === null ? PLATFORM : entities(FIGURES, '$input: StatisticsInput!, $granularity: StatisticsGranularity!');
  const of = [{ __typename: 'Merchant', id: merchantId }];
  const { data, errors } = await graph.ask('order-payment', query, { input, granularity, ...(merchantId !== null && { of }) }, { identity: analyst });
  expect(errors, JSON.stringify(errors)).toBeUndefined();
  return merchantId === null ? data.platformStatistics : data._entities[0].statistics;
}

async function refusal(query: string, variables: object, identity: Identity = analyst): Promise<any> {
  const { errors } = await graph.ask('order-payment', query, variables, { identity });
  return errors?.[0];
}

const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Shanghai', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Santiago'] as const;

describe('every figure equals a recount from the orders', () => {
  const ranges: readonly [granularity: 'HOUR' | 'DAY' | 'WEEK' | 'MONTH', from: string, to: string][] = [
    ['HOUR', '2025-10-24T22:00:00Z', '2025-10-27T05:30:00Z'],
    ['HOUR', '2026-03-07T00:00:00Z', '2026-04-10T00:00:00Z'],
    ['DAY', '2025-03-20T12:34:56Z', '2025-11-10T01:02:03Z'],
    ['WEEK', '2025-06-01T00:00:00Z', '2026-04-15T00:00:00Z'],
    ['MONTH', '2025-03-01T00:00:00Z', '2026-05-31T22:00:00Z'],
  ];
  const cases = ranges.flatMap(([granularity, from, to], index) =>
    [null, tea].map((merchantId, kind) => ({
      granularity,
      from,
      to,
      merchantId,
      whose: merchantId === null ? 'the platform' : 'a merchant',
      timeZone: ZONES[(index * 2 + kind) % ZONES.length] ?? 'UTC',
      currency: ['EUR', 'CNY', 'JPY'][index % 3] ?? 'EUR',
    })),
  );

  test.each(cases)('$whose, $currency by $granularity in $timeZone', async ({ granularity, from, to, merchantId, timeZone, currency }) => {
    const seen = await statistics(merchantId, inputOf(from, to, { timeZone, currency }), granularity);
    const counted = recount(trade, { merchantId, from: new Date(from), to: new Date(to), currency, timeZone });
    expect(counted.paidOrders).toBeGreaterThan(0);
    for (const figure of ['grossSales', 'refunds', 'netSales', 'averageOrderValue'] as const) expect(seen[figure].amount, figure).toBe(counted[figure]);
    for (const figure of ['paidOrders', 'unitsSold', 'refundRateBps', 'expiredOrders', 'uniqueBuyers'] as const)
      expect(seen[figure], figure).toBe(counted[figure]);
    expect(seen.topProducts.map(({ product, units, netSales }: any) => ({ id: product.id, units, net: netSales.amount }))).toEqual(counted.topProducts);
    expect(Object.fromEntries(seen.byPaymentMethod.map(({ method, orders, amount }: any) => [method, { orders, amount: amount.amount }]))).toEqual(
      counted.byPaymentMethod,
    );

    const label = labelOf(granularity, timeZone);
    const steps = counted.series(granularity);
    const labels = seen.series.map(({ bucketStart }: any) => label(new Date(bucketStart)));
    expect(new Set(labels).size, 'no step is there twice').toBe(labels.length);
    for (const point of seen.series) {
      const { paidOrders, sold, refunds } = steps.get(label(new Date(point.bucketStart))) ?? { paidOrders: 0, sold: 0, refunds: 0 };
      expect([point.paidOrders, point.netSales.amount, point.refunds.amount], point.bucketStart).toEqual([paidOrders, sold - refunds, refunds]);
    }
    const total = (read: (point: any) => number) => seen.series.reduce((sum: number, point: any) => sum + read(point), 0);
    expect([total(({ paidOrders }) => paidOrders), total(({ netSales }) => netSales.amount), total(({ refunds }) => refunds.amount)]).toEqual([
      counted.paidOrders,
      counted.netSales,
      counted.refunds,
    ]);
  });

  test('nothing traded is zeros, with every step there', async () => {
    const seen = await statistics(newId('merch'), inputOf('2026-03-01T00:00:00+01:00', '2026-04-01T00:00:00+02:00'));
    expect(seen).toMatchObject({
      grossSales: { amount: 0, currency: 'EUR' },
      averageOrderValue: { amount: 0 },
      refundRateBps: 0,
      topProducts: [],
      byPaymentMethod: [],
    });
    expect(seen.series).toHaveLength(31);
  });

  test('a range is half open to the millisecond', async () => {
    const paid = trade.orders.find(({ paidAt, currency, totals }) => paidAt && currency === 'EUR' && totals.total > 0);
    const at = paid?.paidAt ?? new Date(0);
    const after = new Date(at.getTime() + 1);
    const hour = new Date(at.getTime() - 3_600_000);
    const count = async (from: Date, to: Date) => (await statistics(paid?.merchantId ?? '', inputOf(from.toISOString(), to.toISOString()))).paidOrders;
    expect([await count(at, after), (await count(hour, after)) - (await count(hour, at))]).toEqual([1, 1]);
  });
});

describe('what it costs', () => {
  const commandsOf = async (query: string, variables: object) => {
    graph.fetches.length = 0;
    const { errors } = await graph.ask('order-payment', query, variables, { identity: analyst });
    expect(errors, JSON.stringify(errors)).toBeUndefined();
    return graph.fetches[0]?.commands;
  };
  const year = inputOf('2025-04-01T00:00:00Z', '2026-04-01T00:00:00Z');
  const of = merchants.map((id) => ({ __typename: 'Merchant', id }));

  test.each([
    ['range { from }', 0],
    ['freshAsOf', 1],
    ['grossSales { amount } paidOrders averageOrderValue { amount } freshAsOf', 1],
    ['netSales { amount } refundRateBps grossSales { amount } refunds { amount }', 2],
    ['series { netSales { amount } paidOrders refunds { amount } }', 1],
    ['topProducts { units }', 1],
    ['byPaymentMethod { orders } uniqueBuyers expiredOrders unitsSold', 4],
  ])('{ %s } is %d commands, however many merchants and however long', async (fields, commands) => {
    expect(await commandsOf(entities(fields), { of: of.slice(0, 1), input: inputOf('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z') })).toBe(commands);
    expect(await commandsOf(entities(fields), { of, input: year })).toBe(commands);
  });

  test('all of it is eight commands, read at one moment', async () => {
    expect(await commandsOf(PLATFORM, { input: year, granularity: 'WEEK' })).toBe(8);
    const { freshAsOf } = await statistics(null, year);
    expect(Date.now() - new Date(freshAsOf).getTime()).toBeLessThan(15_000);
  });

  const figures: readonly Figure[] = [
    ...(['SALES', 'REFUNDS', 'UNITS', 'BUYERS', 'EXPIRED', 'METHODS'] as const).map((kind) => ({ kind })),
    { kind: 'SERIES', granularity: 'DAY' },
    { kind: 'PRODUCTS', first: 10 },
  ];
  /** Which read the index alone. */
  const COVERED = new Set(['SALES', 'REFUNDS', 'BUYERS', 'EXPIRED', 'METHODS', 'SERIES']);
  interface Read {
    readonly collection: string;
    readonly hint: string | null;
    readonly pipeline: Document[];
  }
  /** A union is a read of its own; and what a refund is joined with is read by its id. */
  const readsOf = (entity: string, hint: string | null, pipeline: Document[]): Read[] => {
    const union = pipeline.find((stage) => '$unionWith' in stage)?.['$unionWith'];
    const own = {
      collection: entity === 'Order' ? 'order' : 'refund-request',
      hint,
      pipeline: pipeline.slice(0, 1 + pipeline.findIndex((stage) => '$group' in stage)),
    };
    return union ? [own, { collection: union.coll, hint: null, pipeline: union.pipeline.filter((stage: Document) => !('$lookup' in stage)) }] : [own];
  };
  async function examined({ collection, hint, pipeline }: Read): Promise<{ keys: number; documents: number }> {
    const { database } = graph.running('order-payment').runtime;
    const plan = JSON.stringify(
      await database
        .collection(collection)
        .aggregate(pipeline, hint ? { hint } : {})
        .explain('executionStats'),
    );
    expect(plan).not.toContain('COLLSCAN');
    const [, keys, documents] = /"totalKeysExamined":(\d+),"totalDocsExamined":(\d+)/.exec(plan) ?? [];
    return { keys: Number(keys), documents: Number(documents) };
  }
  const cases = figures.flatMap((figure) =>
    [null, [tea]].map((subjects) => ({ figure, subjects, name: `${figure.kind} of ${subjects ? 'a merchant' : 'the platform'}` })),
  );

  test.each(cases)('$name looks at what an index names, and at nothing else', async ({ figure, subjects }) => {
    const { em } = graph.running('order-payment').runtime.systemContext() as Context;
    const period = { from: new Date('2025-10-01T00:00:00Z'), to: new Date('2025-11-01T00:00:00Z'), timeZone: 'Europe/Berlin', currency: 'EUR' };
    const { entity, hint, pipeline } = planOf(em, figure, period, subjects);
    const looked = await Promise.all(readsOf(entity.name, hint, pipeline).map(examined));
    expect(looked.length).toBeGreaterThan(0);
    for (const { keys } of looked) expect(keys).toBeLessThan(250);
    if (COVERED.has(figure.kind)) for (const { documents } of looked) expect(documents).toBe(0);
  });
});

describe('what is refused', () => {
  const ask = entities('grossSales { amount }');
  const of = [{ __typename: 'Merchant', id: tea }];
  const good = inputOf('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');

  test.each([
    ['a range that ends before it begins', { ...good, range: { from: good.range.to, to: good.range.from } }, 'input.range.to'],
    ['a range of no length', { ...good, range: { from: good.range.to, to: good.range.to } }, 'input.range.to'],
    ['a range of more than five years', inputOf('2020-01-01T00:00:00Z', '2026-02-01T00:00:00Z'), 'input.range.to'],
  ])('%s', async (_what, input, argument) => {
    expect(await refusal(ask, { of, input })).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument } });
    expect(await refusal('query ($input: StatisticsInput!) { platformStatistics(input: $input) { paidOrders } }', { input })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', argument },
    });
  });

  test.each(['Mars/Olympus', '', 'Europe/Berlinn'])('the time zone "%s"', async (timeZone) => {
    expect((await refusal(ask, { of, input: { ...good, timeZone } })).message).toMatch(/input\.timeZone.*IANA time zone/);
  });

  test('a series of too many points, and too many best products, by their name', async () => {
    const input = inputOf('2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z');
    expect(await refusal(entities('series(granularity: HOUR) { paidOrders }'), { of, input })).toMatchObject({ extensions: { argument: 'granularity' } });
    for (const first of [0, 101]) {
      expect(await refusal(entities(`topProducts(first: ${first}) { units }`), { of, input })).toMatchObject({ extensions: { argument: 'first' } });
    }
  });

  test('whoever may not see it: no scope is FORBIDDEN, the scope at another merchant sees nothing', async () => {
    const seen = async (identity: Identity) => (await graph.ask('order-payment', ask, { of, input: good }, { identity })).data?._entities[0].statistics;
    expect(await seen(member(tea, ['stats:read']))).toEqual({ grossSales: { amount: expect.any(Number) } });
    expect(await seen(staff('stats:read'))).toEqual({ grossSales: { amount: expect.any(Number) } });
    expect(await seen(member(newId('merch'), ['stats:read']))).toBeNull();
    for (const identity of [member(tea, ['orders:read']), buyer(), guest(), staff('orders:read_all')]) {
      expect((await refusal(ask, { of, input: good }, identity)).extensions).toMatchObject({ code: 'FORBIDDEN' });
    }
    const platform = 'query ($input: StatisticsInput!) { platformStatistics(input: $input) { paidOrders } }';
    for (const identity of [member(tea, ['stats:read']), staff('stats:read'), buyer()]) {
      expect((await refusal(platform, { input: good }, identity)).extensions).toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(await refusal(platform, { input: good }, analyst)).toBeUndefined();
  });
});
