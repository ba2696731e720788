import { type Text, type UserErrorData, notFoundError, userError, validationError } from '#platform/errors.ts';
import type { Money } from '#platform/money.ts';

/** MERGED: its lines went into the account's cart. An ORDERED cart stays as history. */
export const CART_TRANSITIONS = {
  ACTIVE: ['CHECKING_OUT', 'MERGED'],
  CHECKING_OUT: ['ACTIVE', 'ORDERED'],
  ORDERED: [],
  MERGED: [],
} as const satisfies Record<string, readonly string[]>;

export type CartState = keyof typeof CART_TRANSITIONS;

/** The states from which a transition to `to` is allowed: the condition of its update. */
export const statesBefore = (to: CartState): CartState[] =>
  (['ACTIVE', 'CHECKING_OUT', 'ORDERED', 'MERGED'] as const).filter((from) => {
    const allowed: readonly CartState[] = CART_TRANSITIONS[from];
    return allowed.includes(to);
  });

/** An owner has at most one cart in these. */
export const OPEN_STATES: readonly CartState[] = ['ACTIVE', 'CHECKING_OUT'];

export const MAX_LINES = 100;
const MAX_QUANTITY = 100_000;
/** So that no sum over a cart, merged ones included, leaves the safe integers. */
export const MAX_LINE_AMOUNT = Math.floor(Number.MAX_SAFE_INTEGER / 512);

export interface StoredLine {
  readonly id: string;
  /** Grows with every added line; the order of the cart. */
  readonly position: number;
  readonly variantId: string;
  readonly productId: string;
  readonly merchantId: string;
  readonly quantity: number;
  /** The unit price when the buyer last touched the line. */
  readonly seen: Money;
  /** What the buyer had wanted before a merge lowered it; null once the line is touched or the issue acknowledged. */
  readonly reducedFrom: number | null;
  readonly addedAt: Date;
}

/** What the product service says of a variant now. */
export interface Offer {
  readonly variantId: string;
  readonly productId: string;
  readonly merchantId: string;
  readonly prices: readonly Money[];
  readonly isSellable: boolean;
  readonly available: number;
  readonly minimum: number;
  readonly maximum: number | null;
  readonly increment: number;
}

type QuantityRule = Pick<Offer, 'minimum' | 'maximum' | 'increment'>;
export type OfferOf = (variantId: string) => Offer | null;
type Path = readonly (string | number)[];

/** The unit price in a currency; null when the merchant does not sell in it, or at a price no cart could add up. */
export function priceIn(offer: Offer | null, currency: string): number | null {
  const amount = offer?.prices.find((price) => price.currency === currency)?.amount;
  return amount === undefined || amount > MAX_LINE_AMOUNT ? null : amount;
}

/** Why a quantity cannot be ordered, with what could; null when it can. */
export function quantityProblem(quantity: number, { minimum, maximum, increment }: QuantityRule): Text | null {
  if (quantity < minimum) return { en: `The least quantity is ${minimum}.`, zh: `最少购买 ${minimum} 件。` };
  if (maximum !== null && quantity > maximum) return { en: `The greatest quantity is ${maximum}.`, zh: `最多购买 ${maximum} 件。` };
  if (quantity % increment !== 0) return { en: `The quantity must be a multiple of ${increment}.`, zh: `数量须为 ${increment} 的倍数。` };
  return null;
}

/** The largest quantity up to a limit that the rule allows; 0 when there is none. */
export function largestAllowed(limit: number, { minimum, maximum, increment }: QuantityRule): number {
  const capped = Math.min(limit, maximum ?? limit);
  const stepped = capped - (capped % increment);
  return stepped >= minimum ? Math.max(stepped, 0) : 0;
}

export const unavailableError = (path: Path, variantId: string, currency: string | null) =>
  userError(
    'ProductUnavailableError',
    'PRODUCT_UNAVAILABLE',
    path,
    currency === null
      ? { en: 'This product cannot be bought at present.', zh: '该商品目前无法购买。' }
      : { en: `This product is not sold in ${currency}; change the cart's currency to buy it.`, zh: `该商品不以 ${currency} 销售，请更改购物车币种。` },
    { variantId },
  );

const limitError = (path: Path) =>
  userError('CartLimitError', 'CART_LIMIT', path, { en: `A cart holds at most ${MAX_LINES} lines.`, zh: `购物车最多 ${MAX_LINES} 行。` }, { limit: MAX_LINES });

const quantityRange = (path: Path, least: number) =>
  validationError(path, { en: `The quantity must be ${least} to ${MAX_QUANTITY}.`, zh: `数量须为 ${least} 至 ${MAX_QUANTITY}。` });

const tooDear = (path: Path) =>
  validationError(path, { en: 'That many cost more than a cart can add up; order fewer.', zh: '金额超出购物车上限，请减少数量。' });

export type LinesOutcome = { lines: StoredLine[] } | { userErrors: UserErrorData[] };
const outcomeOf = (lines: StoredLine[], userErrors: UserErrorData[]): LinesOutcome => (userErrors.length > 0 ? { userErrors } : { lines });

/** The price of one variant that may be bought in that quantity, or why it may not. */
function checkOrder(
  quantity: number,
  offer: Offer | null,
  variantId: string,
  currency: string,
  paths: { variant: Path; quantity: Path },
): { price: number; offer: Offer } | { problem: UserErrorData } {
  if (!offer?.isSellable) return { problem: unavailableError(paths.variant, variantId, null) };
  const price = priceIn(offer, currency);
  if (price === null) return { problem: unavailableError(paths.variant, variantId, currency) };
  const text = quantityProblem(quantity, offer);
  if (text) return { problem: validationError(paths.quantity, text) };
  if (quantity > MAX_QUANTITY) return { problem: quantityRange(paths.quantity, 1) };
  if (price * quantity > MAX_LINE_AMOUNT) return { problem: tooDear(paths.quantity) };
  return { price, offer };
}

interface LineRequest {
  readonly variantId: string;
  readonly quantity: number;
}

/** Adds to what is there; several requests for one variant count together, and with the line that has it already. */
export function addLines(
  lines: readonly StoredLine[],
  requests: readonly LineRequest[],
  currency: string,
  offerOf: OfferOf,
  fresh: { id: () => string; at: Date },
): LinesOutcome {
  const pathOf = (index: number, field: string) => ['input', 'lines', index, field];
  if (requests.length < 1) return { userErrors: [validationError(['input', 'lines'], { en: 'Name at least one line.', zh: '请至少提供一行。' })] };
  if (requests.length > MAX_LINES) return { userErrors: [limitError(['input', 'lines'])] };
  const malformed = requests.flatMap(({ quantity }, index) => (quantity >= 1 && quantity <= MAX_QUANTITY ? [] : [quantityRange(pathOf(index, 'quantity'), 1)]));
  if (malformed.length > 0) return { userErrors: malformed };

  const byVariant = Map.groupBy(
    requests.map((request, index) => ({ ...request, index })),
    ({ variantId }) => variantId,
  );
  const result = [...lines];
  const userErrors: UserErrorData[] = [];
  for (const [variantId, wanted] of byVariant) {
    const at = result.findIndex((line) => line.variantId === variantId);
    const present = result[at];
    const quantity = wanted.reduce((total, request) => total + request.quantity, present?.quantity ?? 0);
    const index = wanted.at(-1)?.index ?? 0;
    const checked = checkOrder(quantity, offerOf(variantId), variantId, currency, { variant: pathOf(index, 'variantId'), quantity: pathOf(index, 'quantity') });
    if ('problem' in checked) userErrors.push(checked.problem);
    else if (present) result[at] = { ...present, quantity, seen: { amount: checked.price, currency }, reducedFrom: null };
    else
      result.push({
        id: fresh.id(),
        position: nextPosition(result),
        ...goodsOf(checked.offer),
        quantity,
        seen: { amount: checked.price, currency },
        reducedFrom: null,
        addedAt: fresh.at,
      });
  }
  if (result.length > MAX_LINES && result.length > lines.length) userErrors.push(limitError(['input', 'lines']));
  return outcomeOf(result, userErrors);
}

export const nextPosition = (lines: readonly StoredLine[]): number => lines.reduce((last, { position }) => Math.max(last, position), 0) + 1;
const goodsOf = ({ variantId, productId, merchantId }: Offer) => ({ variantId, productId, merchantId });

/** Sets quantities; 0 removes, whatever became of the goods. */
export function updateLines(
  lines: readonly StoredLine[],
  requests: readonly { lineId: string; quantity: number }[],
  currency: string,
  offerOf: OfferOf,
): LinesOutcome {
  if (requests.length < 1 || requests.length > MAX_LINES) {
    return { userErrors: [validationError(['input', 'lines'], { en: `Name 1 to ${MAX_LINES} lines.`, zh: `请提供 1 至 ${MAX_LINES} 行。` })] };
  }
  const userErrors: UserErrorData[] = [];
  const quantities = new Map<string, number>();
  const changed = new Map<string, StoredLine>();
  requests.forEach(({ lineId, quantity }, index) => {
    const paths = { variant: ['input', 'lines', index, 'lineId'], quantity: ['input', 'lines', index, 'quantity'] };
    const line = lines.find(({ id }) => id === lineId);
    if (!line) userErrors.push(notFoundError(paths.variant, { en: 'The cart line', zh: '该购物车行' }));
    else if (quantities.has(lineId)) userErrors.push(validationError(paths.variant, { en: 'This line is named twice.', zh: '该行重复出现。' }));
    else if (quantity < 0 || quantity > MAX_QUANTITY) userErrors.push(quantityRange(paths.quantity, 0));
    else if (quantity > 0) {
      const checked = checkOrder(quantity, offerOf(line.variantId), line.variantId, currency, paths);
      if ('problem' in checked) userErrors.push(checked.problem);
      else changed.set(lineId, { ...line, quantity, seen: { amount: checked.price, currency }, reducedFrom: null });
    }
    quantities.set(lineId, quantity);
  });
  return outcomeOf(
    lines.filter(({ id }) => quantities.get(id) !== 0).map((line) => changed.get(line.id) ?? line),
    userErrors,
  );
}

/** Whether a line can be bought at all, in whatever quantity. */
export const isBuyable = (offer: Offer | null, currency: string): boolean => offer?.isSellable === true && priceIn(offer, currency) !== null;

interface Acknowledgement {
  readonly acceptPriceChanges: boolean;
  readonly removeUnavailable: boolean;
  readonly clampToStock: boolean;
}

/** What is left of the lines when the buyer accepts what has changed. */
export function acknowledge(lines: readonly StoredLine[], accepted: Acknowledgement, currency: string, offerOf: OfferOf): StoredLine[] {
  return lines.flatMap((line) => {
    const offer = offerOf(line.variantId);
    if (!isBuyable(offer, currency) || offer === null) return accepted.removeUnavailable ? [] : [line];
    const quantity = accepted.clampToStock ? largestAllowed(Math.min(line.quantity, offer.available), offer) : line.quantity;
    if (quantity === 0) return [];
    const price = priceIn(offer, currency);
    const seen = accepted.acceptPriceChanges && price !== null ? { amount: price, currency } : line.seen;
    return [{ ...line, quantity, seen, reducedFrom: accepted.clampToStock ? null : line.reducedFrom }];
  });
}

/** A buyer who asks for another currency has seen its prices: that they differ is no issue. */
export const repriced = (lines: readonly StoredLine[], currency: string, offerOf: OfferOf): StoredLine[] =>
  lines.map((line) => {
    const price = priceIn(offerOf(line.variantId), currency);
    return price === null ? line : { ...line, seen: { amount: price, currency } };
  });
