import { invalidStateError, type UserErrorData } from '#platform/errors.ts';

export type ProductKind = 'PHYSICAL' | 'DIGITAL' | 'SERVICE' | 'RENTAL' | 'C2C_LISTING';
export type FulfilmentMode = 'SHIPPING' | 'PICKUP' | 'DIGITAL_DELIVERY' | 'ON_SITE_SERVICE';
export type ItemCondition = 'NEW' | 'LIKE_NEW' | 'GOOD' | 'FAIR' | 'FOR_PARTS';
export type ModerationState = 'PENDING' | 'APPROVED' | 'REJECTED';

/** Which status may follow which. What was shown goes back to review when goods that need review were edited. */
export const PRODUCT_TRANSITIONS = {
  DRAFT: ['PENDING_REVIEW', 'ACTIVE', 'ARCHIVED'],
  PENDING_REVIEW: ['ACTIVE', 'REJECTED', 'DRAFT', 'ARCHIVED'],
  ACTIVE: ['INACTIVE', 'PENDING_REVIEW', 'ARCHIVED'],
  INACTIVE: ['ACTIVE', 'PENDING_REVIEW', 'ARCHIVED'],
  REJECTED: ['DRAFT', 'ARCHIVED'],
  ARCHIVED: [],
} as const satisfies Record<string, readonly string[]>;

export type ProductStatus = keyof typeof PRODUCT_TRANSITIONS;

export const STATUSES: readonly ProductStatus[] = ['DRAFT', 'PENDING_REVIEW', 'ACTIVE', 'INACTIVE', 'REJECTED', 'ARCHIVED'];

export function mayBecome(from: ProductStatus, to: ProductStatus): boolean {
  const allowed: readonly ProductStatus[] = PRODUCT_TRANSITIONS[from];
  return allowed.includes(to);
}

/** The refusal that names the statuses from which `to` can be reached. */
export function statusError(path: readonly string[], from: ProductStatus, to: ProductStatus): UserErrorData {
  return invalidStateError(
    path,
    from,
    STATUSES.filter((status) => mayBecome(status, to)),
  );
}

/** What publishing leads to. */
export const publishedStatus = (needsReview: boolean): ProductStatus => (needsReview ? 'PENDING_REVIEW' : 'ACTIVE');

/** What withdrawing leads to: shown goods rest, goods under review become a draft again. */
export const withdrawnStatus = (status: ProductStatus): ProductStatus => (status === 'PENDING_REVIEW' ? 'DRAFT' : 'INACTIVE');

/** What an edit of what buyers see leads to. */
export function editedStatus(status: ProductStatus, needsReview: boolean): ProductStatus {
  if (status === 'REJECTED') return 'DRAFT';
  return status === 'ACTIVE' && needsReview ? 'PENDING_REVIEW' : status;
}

/** How goods of each kind can reach the buyer. */
export const FULFILMENT_OF_KIND: Readonly<Record<ProductKind, readonly FulfilmentMode[]>> = {
  PHYSICAL: ['SHIPPING', 'PICKUP'],
  DIGITAL: ['DIGITAL_DELIVERY'],
  SERVICE: ['ON_SITE_SERVICE', 'PICKUP', 'DIGITAL_DELIVERY'],
  RENTAL: ['SHIPPING', 'PICKUP', 'ON_SITE_SERVICE'],
  C2C_LISTING: ['SHIPPING', 'PICKUP'],
};

/** A price in one currency; the regular one beside it where it is reduced. */
export interface Price {
  readonly currency: string;
  readonly amount: number;
  readonly compareAtAmount: number | null;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The price in the wanted currency, else in the variant's own, which is the first. */
export function priceIn<P extends { readonly currency: string }>(prices: readonly P[], currency: string | null): P {
  const [own] = prices;
  if (!own) throw new Error('a variant without a price');
  return prices.find((price) => price.currency === currency) ?? own;
}

/** Lowest and highest price per currency over the given variants, and the currency of the first. */
export function priceRanges(variants: readonly { readonly prices: readonly Price[] }[]): { ownCurrency: string; prices: Record<string, Range> } {
  const prices: Record<string, Range> = {};
  for (const { currency, amount } of variants.flatMap((variant) => variant.prices)) {
    const range = prices[currency];
    prices[currency] = { min: Math.min(range?.min ?? amount, amount), max: Math.max(range?.max ?? amount, amount) };
  }
  const ownCurrency = variants[0]?.prices[0]?.currency;
  if (ownCurrency === undefined) throw new Error('a product without a price');
  return { ownCurrency, prices };
}

export interface SelectedOption {
  readonly name: string;
  readonly value: string;
}

/** Equal for equal choices, in whatever order they are named. */
export const combinationKey = (options: readonly SelectedOption[]): string =>
  JSON.stringify(options.map(({ name, value }) => [name, value]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));

/** Small letters, digits and hyphens out of a title; empty where it has none of them (Chinese). */
export const slugOf = (title: string): string =>
  title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
