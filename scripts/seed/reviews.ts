import { reviewableUntil } from '../../subgraphs/review/purchases/domain.ts';
import { DeliveredLine } from '../../subgraphs/review/purchases/entities.ts';
import { type Counted, tallyChange } from '../../subgraphs/review/ratings/domain.ts';
import { ProductRating } from '../../subgraphs/review/ratings/entities.ts';
import { responseId } from '../../subgraphs/review/responses/domain.ts';
import { countedOf, type ReviewStatus } from '../../subgraphs/review/reviews/domain.ts';
import { Review, ReviewVote } from '../../subgraphs/review/reviews/entities.ts';
import type { DemoBuyer } from './buyers.ts';
import { DAY, HOUR } from './calendar.ts';
import { type Demo, type Stored, stored, type Written } from './documents.ts';
import { demoId } from './ids.ts';
import type { Life } from './life.ts';
import type { Purchase } from './orders.ts';
import { BLOCK } from './plan.ts';
import type { Goods } from './purchases.ts';
import { type Random, randomOf } from './random.ts';
import { MORE, OPENINGS, RATING_SHARES, REPLIES } from './words/reviews.ts';
import { filled } from './words/text.ts';

/** A line that reached its buyer. */
interface Arrived {
  readonly buyer: DemoBuyer;
  readonly life: Life;
  readonly line: Life['order']['lines'][number];
  readonly deliveredAt: Date;
}

/** The counters that reviews move, by the name they are stored under. */
export type Tallies = ReadonlyMap<string, Readonly<Record<string, number>>>;

export interface Opinions {
  readonly written: readonly Written[];
  readonly ofProducts: Tallies;
  readonly ofMerchants: Tallies;
}

const EMPTY = { sum: 0, count: 0, verifiedCount: 0 };

/** What the buyers of a block say about what arrived, and how it adds up. */
export function reviewsOf(
  demo: Demo,
  block: number,
  purchases: readonly Purchase[],
  buyers: readonly DemoBuyer[],
  goodsOf: (variantId: string) => Goods,
): Opinions {
  const arrived = purchases.flatMap(({ draft, lives }) =>
    lives.flatMap((life) => {
      const { deliveredAt } = life.order;
      return deliveredAt ? life.order.lines.map((line): Arrived => ({ buyer: draft.buyer, life, line, deliveredAt })) : [];
    }),
  );
  const reviews = chosen(block, arrived).map((line, index) => reviewOf(demo, block * BLOCK.reviews + index, line, goodsOf(line.line.variantId)));
  const byLine = new Map(reviews.map((review) => [review.orderLineId, review]));
  const votes = reviews.flatMap((review) => votesOn(review, buyers));
  for (const review of reviews) {
    review.helpfulCount = votes.filter(({ reviewId, vote }) => reviewId === review._id && vote === 'HELPFUL').length;
    review.unhelpfulCount = votes.filter(({ reviewId, vote }) => reviewId === review._id && vote === 'UNHELPFUL').length;
  }
  const ofProducts = tallied(reviews, ({ productId }) => productId);
  return {
    ofProducts,
    ofMerchants: tallied(reviews, ({ merchantId }) => merchantId),
    written: [
      stored(
        'review',
        ProductRating,
        [...ofProducts].map(([_id, counters]) => ratingOf(_id, counters)),
      ),
      stored(
        'review',
        DeliveredLine,
        arrived.map((line) => deliveredLineOf(line, byLine.get(line.line.id)?._id ?? null)),
      ),
      stored('review', Review, reviews),
      stored('review', ReviewVote, votes),
    ],
  };
}

/** Old purchases are reviewed before new ones; some of what has just arrived waits for its buyer's word. */
function chosen(block: number, arrived: readonly Arrived[]): Arrived[] {
  const random = randomOf('reviewed', block);
  const [old, fresh] = [arrived.filter(({ life }) => life.draft.fate === 'COMPLETED'), arrived.filter(({ life }) => life.draft.fate !== 'COMPLETED')];
  return [...random.shuffled(old), ...random.shuffled(fresh)].slice(0, BLOCK.reviews);
}

const isRefunded = ({ line }: Arrived): boolean => line.refundedQuantity === line.quantity;

const deliveredLineOf = (arrived: Arrived, reviewId: string | null): Stored<DeliveredLine> => {
  const { buyer, life, line, deliveredAt } = arrived;
  const { id: orderId, merchantId } = life.order;
  return {
    _id: line.id,
    orderId,
    buyerId: buyer.id,
    merchantId,
    productId: line.productId,
    variantId: line.variantId,
    reviewableUntil: reviewableUntil(deliveredAt),
    isRefunded: isRefunded(arrived),
    reviewId,
  };
};

/** One in four hundred was hidden by moderation. */
const statusOf = (number: number): ReviewStatus => (number % 400 === 77 ? 'HIDDEN' : 'PUBLISHED');

function reviewOf({ calendar }: Demo, number: number, arrived: Arrived, { product }: Goods): Stored<Review> {
  const random = randomOf('review', number);
  const { buyer, life, line, deliveredAt } = arrived;
  const waited = Math.min(random.int(4, 15 * 24) * HOUR, Math.max(HOUR, (calendar.now.getTime() - deliveredAt.getTime()) / 2));
  const age = calendar.now.getTime() - deliveredAt.getTime() - waited;
  const rating = random.weighted(RATING_SHARES);
  const language = buyer.country.code === 'CN' ? 'zh' : 'en';
  const words = { product: product.noun.name };
  const opening = random.pick(OPENINGS[rating] ?? []);
  const more = random.shuffled(MORE).slice(0, rating > 3 ? random.int(0, 2) : 0);
  const body = [filled(opening.body, words)[language], ...more.map((sentence) => sentence[language])].join(language === 'zh' ? '' : ' ');
  const status = statusOf(number);
  const isOld = age > 14 * DAY;
  const createdAt = calendar.before(age);
  return {
    _id: demoId('review', age, number),
    createdAt,
    orderLineId: line.id,
    productId: line.productId,
    variantId: line.variantId,
    merchantId: life.order.merchantId,
    authorId: buyer.id,
    authorName: buyer.name,
    anonymous: random.chance(0.15),
    rating,
    aspects: random.chance(0.5)
      ? [
          { aspect: 'DESCRIPTION', rating },
          { aspect: 'SERVICE', rating: Math.min(5, rating + 1) },
          { aspect: 'DELIVERY', rating: random.int(3, 5) },
        ]
      : [],
    title: random.chance(0.7) ? opening.title[language] : null,
    body,
    locale: buyer.country.locale,
    imageIds: [],
    verifiedPurchase: !isRefunded(arrived),
    status,
    editedAt: null,
    reply: replyTo(random, rating, language, createdAt, Math.min(random.int(2, 60) * HOUR, age / 2)),
    helpfulCount: 0,
    unhelpfulCount: 0,
    reportCount: 0,
    awaitsModeration: status === 'PUBLISHED' && !isOld,
    moderationReason: status === 'HIDDEN' ? '广告内容 Advertising' : null,
    moderatedAt: status === 'HIDDEN' || isOld ? calendar.before(age / 2) : null,
    moderatedBy: null,
  };
}

/** Sellers answer most of those who complain, and a third of the others. */
function replyTo(random: Random, rating: number, language: 'en' | 'zh', writtenAt: Date, after: number): Stored<Review>['reply'] {
  if (!random.chance(rating <= 2 ? 0.85 : 0.35)) return null;
  return { body: random.pick(REPLIES[rating] ?? [])[language], repliedAt: new Date(writtenAt.getTime() + Math.round(after)), editedAt: null };
}

const votesOn = ({ _id, authorId }: Stored<Review>, buyers: readonly DemoBuyer[]): Stored<ReviewVote>[] =>
  buyers.flatMap(({ id }) => {
    const random = randomOf('vote', _id, id);
    if (id === authorId || !random.chance(0.18)) return [];
    return [{ _id: responseId(_id, id), reviewId: _id, vote: random.chance(0.85) ? ('HELPFUL' as const) : ('UNHELPFUL' as const) }];
  });

/** Adds up what reviews do to the counters, by the rule that each single one moves them by. */
function tallied(reviews: readonly Stored<Review>[], keyOf: (review: Stored<Review>) => string): Tallies {
  const tallies = new Map<string, Record<string, number>>();
  for (const review of reviews) {
    const counted: Counted = countedOf(review);
    if (!counted) continue;
    const counters = tallies.get(keyOf(review)) ?? { ...EMPTY };
    for (const [name, by] of Object.entries(tallyChange(null, counted))) counters[name] = (counters[name] ?? 0) + by;
    tallies.set(keyOf(review), counters);
  }
  return tallies;
}

const HISTOGRAM = 'histogram.';

function ratingOf(_id: string, counters: Readonly<Record<string, number>>): Stored<ProductRating> {
  const histogram = Object.entries(counters).flatMap(([name, count]) => (name.startsWith(HISTOGRAM) ? [[name.slice(HISTOGRAM.length), count] as const] : []));
  return {
    _id,
    sum: counters['sum'] ?? 0,
    count: counters['count'] ?? 0,
    verifiedCount: counters['verifiedCount'] ?? 0,
    histogram: Object.fromEntries(histogram),
  };
}

export const averageIn = (tallies: Tallies, id: string) => {
  const { sum = 0, count = 0 } = tallies.get(id) ?? {};
  return { average: count > 0 ? sum / count : 0, count };
};
