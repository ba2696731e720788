import { decimalOf, decimalsOf, money } from '#platform/money.ts';

export type FacetKey = 'brand' | 'category' | 'kind' | 'price' | 'availability';
export const FACET_KEYS: readonly FacetKey[] = ['brand', 'category', 'kind', 'price', 'availability'];

/** What was selected, by facet. */
export type Selection = ReadonlyMap<FacetKey, readonly string[]>;

/** Where the ranges of prices begin, in whole units of the currency. */
const PRICE_STEPS = [0, 50, 100, 200, 500, 1_000, 2_000, 5_000];

export interface PriceRange {
  readonly from: number;
  /** Exclusive; null: no end. */
  readonly to: number | null;
}

export function priceRangesOf(currency: string): PriceRange[] {
  const unit = 10 ** decimalsOf(currency);
  return PRICE_STEPS.map((step, index) => ({ from: step * unit, to: (PRICE_STEPS[index + 1] ?? 0) * unit || null }));
}

export const rangeName = ({ from, to }: PriceRange): string => `${from}-${to ?? ''}`;

/** `5000-10000` or `500000-`, in minor units; null where it is none. */
export function parseRange(name: string): PriceRange | null {
  const [, from, to] = /^(\d{1,13})-(\d{0,13})$/.exec(name) ?? [];
  return from === undefined ? null : { from: Number(from), to: to ? Number(to) : null };
}

const FACET_LABELS: Readonly<Record<FacetKey, { en: string; zh: string }>> = {
  brand: { en: 'Brand', zh: '品牌' },
  category: { en: 'Category', zh: '分类' },
  kind: { en: 'Kind', zh: '类型' },
  price: { en: 'Price', zh: '价格' },
  availability: { en: 'Availability', zh: '库存' },
};

const VALUE_LABELS: Readonly<Record<string, { en: string; zh: string }>> = {
  PHYSICAL: { en: 'Goods', zh: '实物商品' },
  DIGITAL: { en: 'Digital goods', zh: '数字商品' },
  SERVICE: { en: 'Services', zh: '服务' },
  RENTAL: { en: 'Rental', zh: '租赁' },
  C2C_LISTING: { en: 'Second-hand', zh: '个人闲置' },
  in_stock: { en: 'In stock', zh: '有货' },
  out_of_stock: { en: 'Out of stock', zh: '缺货' },
};

const pick = (text: { en: string; zh: string }, locale: string): string => (locale.startsWith('zh') ? text.zh : text.en);

export const facetLabel = (key: FacetKey, locale: string): string => pick(FACET_LABELS[key], locale);

export function valueLabel(key: FacetKey, value: string, currency: string | null, locale: string): string {
  const range = key === 'price' ? parseRange(value) : null;
  if (range && currency !== null) return rangeLabel(range, currency, locale);
  const text = key === 'kind' || key === 'availability' ? VALUE_LABELS[value] : undefined;
  return text ? pick(text, locale) : value;
}

function rangeLabel({ from, to }: PriceRange, currency: string, locale: string): string {
  const [low, high] = [from, to].map((amount) => (amount === null ? null : decimalOf(money(amount, currency))));
  if (high === null || high === undefined) return pick({ en: `${currency} ${low} and more`, zh: `${currency} ${low} 以上` }, locale);
  return `${currency} ${low} – ${high}`;
}
