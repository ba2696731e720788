import { describe, expect, test } from 'vitest';
import { loadConfig } from '#platform/config.ts';
import { type Block, makeBlock } from './block.ts';
import { calendarOf } from './calendar.ts';
import { categoryDocuments } from './categories.ts';
import type { Demo, Written } from './documents.ts';
import { demoId } from './ids.ts';
import { merchantDocuments } from './merchants.ts';
import { BLOCK, blocksOf, districtsOf } from './plan.ts';
import { createProgress } from './progress.ts';
import { randomOf } from './random.ts';
import { scaleOf, UsageError } from './scale.ts';
import { collectionName } from './stores.ts';

const NOW = new Date('2026-08-22T10:00:00Z');
const demo: Demo = { config: loadConfig({}), calendar: calendarOf(NOW), passwordHash: 'hash' };

const documentsIn = (written: readonly Written[]) => {
  const byCollection = new Map<string, any[]>();
  for (const { database, collection, documents } of written) {
    const name = `${database}/${collectionName(collection)}`;
    byCollection.set(name, [...(byCollection.get(name) ?? []), ...documents]);
  }
  return (name: string): any[] => byCollection.get(name) ?? [];
};

describe('a plan', () => {
  test.each([
    [0.01, 1, 1, 20],
    [0.02, 2, 1, 40],
    [1, 100, 1, 2_000],
    [1.5, 150, 2, 3_000],
    [500, 50_000, 500, 1_000_000],
  ])('scale %d is %d blocks in %d districts', (scale, blocks, districts, products) => {
    expect(blocksOf(scale)).toBe(blocks);
    expect(districtsOf(blocks)).toBe(districts);
    expect(blocks * BLOCK.products).toBe(products);
  });
});

describe('ids', () => {
  test('have the form of all ids, and are the same at every run', () => {
    expect(demoId('prod', 1_000, 7)).toMatch(/^prod_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(demoId('prod', 1_000, 7)).toBe(demoId('prod', 1_000, 7));
    expect(demoId('prod', 1_000, 7)).not.toBe(demoId('prod', 1_000, 8));
  });

  test('sort by when their documents were made', () => {
    expect(demoId('order', 2_000, 1) < demoId('order', 1_000, 2)).toBe(true);
  });

  test('of a hundred thousand documents none meet', () => {
    const ids = new Set(Array.from({ length: 100_000 }, (_, number) => demoId('x', 0, number)));
    expect(ids.size).toBe(100_000);
  });
});

describe('random numbers', () => {
  test('are the same for the same purpose, and others for another', () => {
    const draw = (purpose: string) => Array.from({ length: 5 }, () => randomOf(purpose, 1).int(0, 1_000_000));
    expect(draw('a')).toEqual(draw('a'));
    expect(randomOf('a').int(0, 1e9)).not.toBe(randomOf('b').int(0, 1e9));
  });

  test('keep their bounds and weights', () => {
    const random = randomOf('bounds');
    const drawn = Array.from({ length: 2_000 }, () => random.int(3, 5));
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5]));
    const heavy = Array.from({ length: 2_000 }, () =>
      random.weighted([
        ['heavy', 9],
        ['light', 1],
      ] as const),
    ).filter((entry) => entry === 'heavy');
    expect(heavy.length).toBeGreaterThan(1_700);
  });
});

describe('the foundations', () => {
  test('are sixty categories on three levels', () => {
    const categories = documentsIn(categoryDocuments(demo))('product/category');
    expect(categories).toHaveLength(60);
    expect(new Set(categories.map(({ slug }) => slug)).size).toBe(60);
    expect(Math.max(...categories.map(({ path }) => path.length))).toBe(2);
    for (const { name } of categories) expect(Object.keys(name)).toEqual(['en', 'zh']);
  });

  test('are eight merchants that trade, in several countries and currencies, and two that do not', () => {
    const merchants = documentsIn(merchantDocuments(demo, 0))('user/merchant');
    expect(merchants.filter(({ status }) => status === 'ACTIVE')).toHaveLength(8);
    expect(new Set(merchants.map(({ status }) => status))).toEqual(new Set(['ACTIVE', 'SUSPENDED', 'UNDER_REVIEW']));
    expect(new Set(merchants.map(({ kind }) => kind))).toEqual(new Set(['BUSINESS', 'INDIVIDUAL']));
    expect(new Set(merchants.map(({ settlementCurrency }) => settlementCurrency)).size).toBeGreaterThanOrEqual(4);
    expect(documentsIn(merchantDocuments(demo, 1))('user/merchant')).toHaveLength(8);
  });
});

describe('every block', () => {
  const blocks: Block[] = Array.from({ length: 12 }, (_, number) => makeBlock(demo, number));

  test.each(blocks.map((block) => [block.number, block] as const))('%d has what the plan says', (_, block) => {
    const documents = documentsIn(block.written);
    expect(documents('product/product')).toHaveLength(BLOCK.products);
    expect(documents('product/product-variant')).toHaveLength(BLOCK.variants);
    expect(documents('user/user')).toHaveLength(BLOCK.buyers);
    expect(documents('order-payment/order-group')).toHaveLength(BLOCK.groups);
    expect(documents('order-payment/order')).toHaveLength(BLOCK.orders);
    expect(documents('review/review')).toHaveLength(BLOCK.reviews);
  });

  test('is the same whenever it is made', () => {
    expect(makeBlock(demo, 3)).toEqual(blocks[3]);
  });

  test('keeps its ids a day later, while its dates follow', () => {
    const later = documentsIn(makeBlock({ ...demo, calendar: calendarOf(new Date(NOW.getTime() + 86_400_000)) }, 0).written)('order-payment/order');
    const now = documentsIn(blocks[0]?.written ?? [])('order-payment/order');
    expect(later.map(({ _id }) => _id)).toEqual(now.map(({ _id }) => _id));
    expect(later.map(({ placedAt }) => placedAt.getTime() - 86_400_000)).toEqual(now.map(({ placedAt }) => placedAt.getTime()));
  });

  test('shares no id with another', () => {
    const ids = blocks.flatMap(({ written }) =>
      written.flatMap(({ database, collection, documents }) => documents.map((document: any) => `${database}/${collectionName(collection)}/${document._id}`)),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has orders in every state, refunds in most, and nothing that happens later', () => {
    const all = blocks.map(({ written }) => documentsIn(written));
    const orders = all.flatMap((documents) => documents('order-payment/order'));
    expect(new Set(orders.map(({ status }) => status))).toEqual(
      new Set(['PENDING_PAYMENT', 'EXPIRED', 'CANCELLED', 'PAID', 'PROCESSING', 'READY_FOR_PICKUP', 'SHIPPED', 'DELIVERED', 'COMPLETED']),
    );
    expect(new Set(orders.map(({ fulfilmentStatus }) => fulfilmentStatus))).toEqual(
      new Set(['UNFULFILLED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'NOT_REQUIRED']),
    );
    expect(new Set(orders.map(({ currency }) => currency))).toEqual(new Set(['CNY', 'USD', 'EUR', 'JPY']));
    const refunds = all.flatMap((documents) => documents('order-payment/refund-request'));
    expect(new Set(refunds.map(({ status }) => status))).toEqual(
      new Set(['SUCCEEDED', 'REQUESTED', 'REJECTED', 'ESCALATED', 'WITHDRAWN', 'AWAITING_RETURN', 'RETURN_SHIPPED']),
    );
    for (const { timeline } of [...orders, ...refunds]) {
      const times = timeline.map(({ at }: { at: Date }) => at.getTime());
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(Math.max(...times)).toBeLessThan(NOW.getTime());
    }
    const written = all.flatMap((documents) => [...documents('review/review'), ...documents('product/product'), ...documents('product/stock-movement')]);
    for (const { createdAt } of written) expect(createdAt.getTime()).toBeLessThan(NOW.getTime());
  });

  test('reviews what arrived after it arrived', () => {
    for (const { written } of blocks) {
      const documents = documentsIn(written);
      const orders = new Map(documents('order-payment/order').map((order) => [order._id, order]));
      const lines = new Map(documents('review/delivered-line').map((line) => [line._id, line]));
      for (const review of documents('review/review')) {
        const line = lines.get(review.orderLineId);
        expect(line).toMatchObject({ buyerId: review.authorId, reviewId: review._id, productId: review.productId });
        expect(review.createdAt.getTime()).toBeGreaterThan(orders.get(line.orderId).deliveredAt.getTime());
      }
    }
  });

  test('orders only what is for sale', () => {
    for (const { written } of blocks) {
      const documents = documentsIn(written);
      const status = new Map(documents('product/product').map((product) => [product._id, product]));
      for (const { lines, placedAt } of documents('order-payment/order')) {
        for (const { productId } of lines) {
          expect(status.get(productId).status).toBe('ACTIVE');
          expect(status.get(productId).createdAt.getTime()).toBeLessThan(placedAt.getTime());
        }
      }
    }
  });
});

describe('the command line', () => {
  test('takes a scale, or the usual one', () => {
    expect(scaleOf(['--scale', '0.05'], 1)).toBe(0.05);
    expect(scaleOf(['--scale=3'], 1)).toBe(3);
    expect(scaleOf([], 0.5)).toBe(0.5);
  });

  test.each([['--scale', 'many'], ['--scale', '0'], ['--scale', '501'], ['--scale', ''], ['--scale'], ['--size', '1'], ['1']])(
    'refuses %s %s with what would be right',
    (...args) => {
      expect(() => scaleOf(args, 1)).toThrow(UsageError);
      expect(() => scaleOf(args, 1)).toThrow(/--scale/);
    },
  );
});

describe('the progress bar', () => {
  test('is redrawn at a terminal, and told a few times elsewhere', () => {
    const lines: string[] = [];
    const drawn: string[] = [];
    const show = (isTTY: boolean) => {
      const progress = createProgress(
        (line) => lines.push(line),
        { isTTY, write: (text) => drawn.push(text) },
        () => 0,
      );
      for (let step = 0; step <= 100; step += 1) progress.show(step / 100, 'writing');
      progress.end('Done.');
    };
    show(true);
    expect(lines).toEqual(['Done. (0.0 s)']);
    expect(drawn.length).toBeGreaterThan(100);
    lines.length = 0;
    show(false);
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.length).toBeLessThan(9);
    expect(lines[0]).toContain('writing');
  });
});
