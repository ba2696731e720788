import { type Text, type UserErrorData, validationError } from '#platform/errors.ts';
import type { Money } from '#platform/money.ts';

/** Rates that one merchant may keep: a page of them is read whenever one of its groups is priced. */
export const MAX_RATES = 50;
const MAX_COUNTRIES = 250;
const MAX_TITLE = 80;
const MAX_DAYS = 365;
/** A delivery dearer than this is a slip of the pen, and sums of money stay safe integers. */
const MAX_PRICE = 1_000_000_000_000;

export interface RateTerms {
  readonly title: string;
  readonly countries: readonly string[];
  readonly price: Money;
  readonly freeFrom: Money | null;
  readonly minDays: number;
  readonly maxDays: number;
  readonly enabled: boolean;
}

export interface Rate extends RateTerms {
  readonly id: string;
  readonly merchantId: string;
}

/** Everything that is wrong with a rate, each with the field it is wrong in. */
export function rateProblems({ title, countries, price, freeFrom, minDays, maxDays }: RateTerms): UserErrorData[] {
  const rules: [broken: boolean, field: string, message: Text][] = [
    [
      title.length < 1 || title.length > MAX_TITLE,
      'title',
      { en: `The title must have 1 to ${MAX_TITLE} characters.`, zh: `标题须为 1 至 ${MAX_TITLE} 个字符。` },
    ],
    [
      countries.length < 1 || countries.length > MAX_COUNTRIES || new Set(countries).size !== countries.length,
      'countries',
      { en: `Name 1 to ${MAX_COUNTRIES} countries, each once.`, zh: `请列出 1 至 ${MAX_COUNTRIES} 个不重复的国家或地区。` },
    ],
    [
      price.amount < 0 || price.amount > MAX_PRICE,
      'price',
      { en: `The price must be 0 to ${MAX_PRICE} minor units.`, zh: `价格须为 0 至 ${MAX_PRICE} 个最小货币单位。` },
    ],
    [
      freeFrom !== null && (freeFrom.amount < 0 || freeFrom.currency !== price.currency),
      'freeFrom',
      { en: `freeFrom must be 0 or more, in the currency of the price (${price.currency}).`, zh: `免邮门槛不得为负，且须与价格同币种（${price.currency}）。` },
    ],
    [minDays < 0 || minDays > MAX_DAYS, 'minDays', { en: `minDays must be 0 to ${MAX_DAYS}.`, zh: `最短天数须为 0 至 ${MAX_DAYS}。` }],
    [
      maxDays < minDays || maxDays > MAX_DAYS,
      'maxDays',
      { en: `maxDays must be minDays to ${MAX_DAYS}.`, zh: `最长天数须不小于最短天数且不超过 ${MAX_DAYS}。` },
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, field, message]) => validationError(['input', field], message));
}

export type DeliveryMode = 'SHIPPING' | 'PICKUP' | 'DIGITAL' | 'ON_SITE';

/** A way in which one merchant's part of a cart can reach the buyer, priced for that cart. */
export interface DeliveryOption {
  /** Made from what it stands for, so that it is the same at every reading: `ship:<rate>`, `pickup:<location>`, `digital`, `on-site`. */
  readonly id: string;
  readonly mode: DeliveryMode;
  readonly title: Text;
  readonly price: number;
  readonly days: { readonly min: number; readonly max: number } | null;
}

/** What of the goods decides how they can be handed over. */
export interface Deliverable {
  readonly requiresShipping: boolean;
  readonly fulfilmentModes: readonly string[];
}

export interface DeliveryNeeds {
  readonly goods: readonly Deliverable[];
  /** Of the address, or else of the cart's context; nobody ships to nowhere. */
  readonly country: string | null;
  readonly currency: string;
  /** Goods after discounts: what `freeFrom` is measured against. */
  readonly goodsTotal: number;
}

interface PickupPlace {
  readonly locationId: string;
  readonly name: string;
}

/** A digital product whose variants were left at "requires shipping" is still not put into a parcel. */
export const isPhysical = ({ requiresShipping, fulfilmentModes }: Deliverable): boolean =>
  requiresShipping && (fulfilmentModes.includes('SHIPPING') || fulfilmentModes.includes('PICKUP'));

const DIGITAL: DeliveryOption = { id: 'digital', mode: 'DIGITAL', title: { en: 'Digital delivery', zh: '数字交付' }, price: 0, days: null };
const ON_SITE: DeliveryOption = { id: 'on-site', mode: 'ON_SITE', title: { en: 'Service on site', zh: '上门服务' }, price: 0, days: null };

export const pickupOptionId = (locationId: string): string => `pickup:${locationId}`;
export const pickupLocationOf = (optionId: string | null): string | null => (optionId?.startsWith('pickup:') ? optionId.slice('pickup:'.length) : null);

/** What the group's goods all allow; shipping first and cheapest first, so that the first is the natural choice. */
export function deliveryOptions(needs: DeliveryNeeds, rates: readonly Rate[], places: readonly PickupPlace[]): DeliveryOption[] {
  const parcels = needs.goods.filter(isPhysical);
  if (parcels.length === 0) return withoutParcels(needs.goods);
  const allAllow = (mode: string) => parcels.every(({ fulfilmentModes }) => fulfilmentModes.includes(mode));
  return [
    ...(allAllow('SHIPPING') ? shippingOptions(needs, rates) : []),
    ...(allAllow('PICKUP') ? places.map(({ locationId, name }) => pickupOption(locationId, name)) : []),
  ];
}

function withoutParcels(goods: readonly Deliverable[]): DeliveryOption[] {
  if (goods.length === 0) return [];
  return [goods.some(({ fulfilmentModes }) => fulfilmentModes.includes('ON_SITE_SERVICE')) ? ON_SITE : DIGITAL];
}

const pickupOption = (locationId: string, name: string): DeliveryOption => ({
  id: pickupOptionId(locationId),
  mode: 'PICKUP',
  title: { en: name, zh: name },
  price: 0,
  days: null,
});

const shippingOptions = ({ country, currency, goodsTotal }: DeliveryNeeds, rates: readonly Rate[]): DeliveryOption[] =>
  rates
    .filter((rate) => rate.enabled && rate.price.currency === currency && country !== null && rate.countries.includes(country))
    .map(({ id, title, price, freeFrom, minDays, maxDays }): DeliveryOption & { days: { min: number; max: number } } => ({
      id: `ship:${id}`,
      mode: 'SHIPPING',
      title: { en: title, zh: title },
      price: freeFrom !== null && goodsTotal >= freeFrom.amount ? 0 : price.amount,
      days: { min: minDays, max: maxDays },
    }))
    .sort((a, b) => a.price - b.price || a.days.max - b.days.max || (a.id < b.id ? -1 : 1));

/**
 * The chosen option while it is offered. With nothing chosen: what needs no choice (digital, on site), and for an address
 * the cheapest that ships to it. A choice that is offered no more is not replaced: the buyer agreed to that one.
 */
export function selectedOption(options: readonly DeliveryOption[], chosenId: string | null, hasAddress: boolean): DeliveryOption | null {
  if (chosenId !== null) return options.find(({ id }) => id === chosenId) ?? null;
  const [first] = options;
  if (!first) return null;
  if (first.mode === 'DIGITAL' || first.mode === 'ON_SITE') return first;
  return first.mode === 'SHIPPING' && hasAddress ? first : null;
}

export interface PostalAddress {
  readonly recipientName: string;
  readonly phone: string | null;
  readonly company: string | null;
  readonly countryCode: string;
  readonly region: string | null;
  readonly city: string;
  readonly district: string | null;
  readonly line1: string;
  readonly line2: string | null;
  readonly postalCode: string | null;
}

type AddressDraft = { readonly [K in keyof PostalAddress]?: PostalAddress[K] | undefined } & Pick<
  PostalAddress,
  'recipientName' | 'countryCode' | 'city' | 'line1'
>;

/** The longest that carriers print; what no parcel does without has at least one character. */
const ADDRESS_FIELDS: readonly (readonly [field: Exclude<keyof PostalAddress, 'phone' | 'countryCode'>, min: number, max: number])[] = [
  ['recipientName', 1, 100],
  ['city', 1, 100],
  ['line1', 1, 200],
  ['company', 0, 100],
  ['region', 0, 100],
  ['district', 0, 100],
  ['line2', 0, 200],
  ['postalCode', 0, 20],
];

/** The address as it is kept (trimmed, absent as null), or what is wrong with it. */
export function checkedAddress(draft: AddressDraft, path: readonly string[]): { address: PostalAddress } | { userErrors: UserErrorData[] } {
  const trimmed = (text: string | null | undefined) => text?.trim() || null;
  const address: PostalAddress = {
    recipientName: draft.recipientName.trim(),
    phone: draft.phone ?? null,
    company: trimmed(draft.company),
    countryCode: draft.countryCode,
    region: trimmed(draft.region),
    city: draft.city.trim(),
    district: trimmed(draft.district),
    line1: draft.line1.trim(),
    line2: trimmed(draft.line2),
    postalCode: trimmed(draft.postalCode),
  };
  const userErrors = ADDRESS_FIELDS.flatMap(([field, min, max]) => {
    const length = address[field]?.length ?? 0;
    if (length >= min && length <= max) return [];
    return [validationError([...path, field], { en: `${field} must have ${min} to ${max} characters.`, zh: `${field} 须为 ${min} 至 ${max} 个字符。` })];
  });
  return userErrors.length > 0 ? { userErrors } : { address };
}
