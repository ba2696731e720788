import { newId } from '#platform/entity.ts';
import { notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { idempotent } from '#platform/idempotency.ts';
import type { Context } from '../context.ts';
import { checkedAddress, pickupOptionId, type PostalAddress } from '../shipping/domain.ts';
import { deliveryAddress } from '../siblings.ts';
import { type CartOutcome, changeCart, type Decision } from './changes.ts';
import { acknowledge, addLines, type LinesOutcome, MAX_LINES, type OfferOf, repriced, updateLines } from './domain.ts';
import type { CartDocument, StoredDelivery } from './entities.ts';
import { offersOf } from './loaders.ts';
import { buyerOf } from './owner.ts';

type Maybe<T> = T | null | undefined;

interface CartLinesAddInput {
  readonly lines: readonly { readonly variantId: string; readonly quantity: number }[];
  readonly expectedVersion?: Maybe<number>;
  readonly idempotencyKey: string;
}

export const inputVersion = (expectedVersion: Maybe<number>) => ({ expectedVersion, versionPath: ['input', 'expectedVersion'] });
const decisionOf = (outcome: LinesOutcome): Decision => ('lines' in outcome ? { change: { lines: outcome.lines } } : outcome);

/** Keys that a cart remembers: a claim is retried after half a minute at most, long before so many additions. */
const REMEMBERED_KEYS = 20;

export async function addCartLines(context: Context, { idempotencyKey, ...input }: CartLinesAddInput): Promise<CartOutcome> {
  const { em, identity, loaders } = context;
  const { owner } = buyerOf(identity);
  const performed: CartOutcome[] = [];
  const request = { em, identity, field: 'cartLinesAdd', key: idempotencyKey, args: input };
  const answer = await idempotent<StoredAnswer>(request, async () => {
    const outcome = await performAddition(context, input, idempotencyKey);
    performed.push(outcome);
    return { cartId: outcome.cart?._id ?? null, userErrors: outcome.userErrors };
  });
  if (performed[0]) return performed[0];
  if ('conflict' in answer) return { cart: await loaders.openCart.load(owner), userErrors: [answer.conflict] };
  const { cartId, userErrors } = answer.result;
  return { cart: cartId === null ? null : await loaders.cart.load(cartId), userErrors };
}

/** What a repetition is answered from. */
interface StoredAnswer {
  readonly cartId: string | null;
  readonly userErrors: UserErrorData[];
}

async function performAddition(context: Context, { lines, expectedVersion }: Omit<CartLinesAddInput, 'idempotencyKey'>, key: string): Promise<CartOutcome> {
  const offerOf = await offersOf(
    context.loaders.sellableVariant,
    // Of more lines than a cart can hold, none is taken.
    lines.slice(0, MAX_LINES).map(({ variantId }) => variantId),
  );
  const fresh = { id: () => newId('cline'), at: new Date() };
  return changeCart(context, { ...inputVersion(expectedVersion), creates: true }, (cart) => {
    if (cart.appliedKeys.includes(key)) return { change: {} };
    const currency = currencyFor(cart, context.request.currency, lines, offerOf);
    const outcome = addLines(cart.lines, lines, currency, offerOf, fresh);
    if ('userErrors' in outcome) return outcome;
    return { change: { lines: outcome.lines, currency, appliedKeys: [...cart.appliedKeys, key].slice(-REMEMBERED_KEYS) } };
  });
}

/** An empty cart takes the currency that the buyer asked for, else that of the first goods. */
function currencyFor(cart: CartDocument, requested: string | null, lines: CartLinesAddInput['lines'], offerOf: OfferOf): string {
  if (cart.lines.length > 0 || cart.currencyChosen) return cart.currency;
  const firstPrice = lines.map(({ variantId }) => offerOf(variantId)?.prices[0]).find((price) => price !== undefined);
  return requested ?? firstPrice?.currency ?? cart.currency;
}

interface CartLinesUpdateInput {
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[];
  readonly expectedVersion?: Maybe<number>;
}

export function updateCartLines(context: Context, { lines, expectedVersion }: CartLinesUpdateInput): Promise<CartOutcome> {
  return changeCart(context, { ...inputVersion(expectedVersion), creates: true }, async (cart) => {
    const kept = new Set(lines.flatMap(({ lineId, quantity }) => (quantity > 0 ? [lineId] : [])));
    const offerOf = await offersOf(
      context.loaders.sellableVariant,
      cart.lines.flatMap(({ id, variantId }) => (kept.has(id) ? [variantId] : [])),
    );
    return decisionOf(updateLines(cart.lines, lines, cart.currency, offerOf));
  });
}

export const clearCart = (context: Context, expectedVersion: Maybe<number>): Promise<CartOutcome> =>
  changeCart(context, { expectedVersion, versionPath: ['expectedVersion'], creates: false }, () => ({ change: { lines: [], deliveries: [], coupons: [] } }));

interface CartDeliverySetInput {
  readonly merchantId: string;
  readonly addressId?: Maybe<string>;
  readonly address?: Maybe<Parameters<typeof checkedAddress>[0]>;
  readonly deliveryOptionId?: Maybe<string>;
  readonly pickupLocationId?: Maybe<string>;
  readonly expectedVersion?: Maybe<number>;
}

export async function setCartDelivery(context: Context, input: CartDeliverySetInput): Promise<CartOutcome> {
  const { merchantId } = input;
  const given = await givenAddress(context, input);
  return changeCart(context, { ...inputVersion(input.expectedVersion), creates: true }, async (cart) => {
    if (!cart.lines.some((line) => line.merchantId === merchantId))
      return { userErrors: [notFoundError(['input', 'merchantId'], { en: 'A line of this merchant', zh: '该商家的购物车行' })] };
    if ('userErrors' in given) return given;
    const choice = chosenOption(input);
    if ('userErrors' in choice) return choice;
    const before = cart.deliveries.find((delivery) => delivery.merchantId === merchantId);
    const delivery: StoredDelivery = { merchantId, address: given.address ?? before?.address ?? null, optionId: choice.optionId ?? before?.optionId ?? null };
    const deliveries = [...cart.deliveries.filter((other) => other.merchantId !== merchantId), delivery];
    if (delivery.optionId === null) return { change: { deliveries } };

    const isOffered = await isOptionOffered(context, { ...cart, deliveries }, merchantId);
    if (isOffered) return { change: { deliveries } };
    if (choice.optionId !== null) return { userErrors: [notOffered(choice.path)] };
    return { change: { deliveries: deliveries.map((entry) => (entry === delivery ? { ...entry, optionId: null } : entry)) } };
  });
}

/** The address that the input brings, copied: a cart keeps what the buyer saw. */
async function givenAddress(
  { siblings }: Context,
  { addressId, address }: CartDeliverySetInput,
): Promise<{ address: PostalAddress | null } | { userErrors: UserErrorData[] }> {
  if (addressId != null && address != null) {
    return {
      userErrors: [validationError(['input', 'addressId'], { en: 'Give either addressId or address, not both.', zh: 'addressId 与 address 只能提供其一。' })],
    };
  }
  if (address != null) return checkedAddress(address, ['input', 'address']);
  if (addressId == null) return { address: null };
  const saved = await deliveryAddress(siblings, addressId);
  return saved ? { address: saved } : { userErrors: [notFoundError(['input', 'addressId'], { en: 'The address', zh: '该地址' })] };
}

function chosenOption({
  addressId,
  address,
  deliveryOptionId,
  pickupLocationId,
}: CartDeliverySetInput): { optionId: string | null; path: string[] } | { userErrors: UserErrorData[] } {
  const ofPickup = pickupLocationId == null ? null : pickupOptionId(pickupLocationId);
  if (ofPickup !== null && deliveryOptionId != null && deliveryOptionId !== ofPickup) {
    return {
      userErrors: [
        validationError(['input', 'pickupLocationId'], {
          en: 'deliveryOptionId names another option; give one of the two.',
          zh: 'deliveryOptionId 指向其他选项，请只提供其一。',
        }),
      ],
    };
  }
  const optionId = deliveryOptionId ?? ofPickup;
  if (optionId === null && addressId == null && address == null) {
    return { userErrors: [validationError(['input'], { en: 'Give an address, a delivery option or a pick-up point.', zh: '请提供地址、配送方式或自提点。' })] };
  }
  return { optionId, path: ['input', deliveryOptionId != null ? 'deliveryOptionId' : 'pickupLocationId'] };
}

const notOffered = (path: readonly string[]) =>
  validationError(
    path,
    { en: "This is none of the group's deliveryOptions for its address; read them again.", zh: '该选项不在此地址可用的配送方式中，请重新查询。' },
    'OPTION_NOT_OFFERED',
  );

/** Judged on the cart as it would be. */
async function isOptionOffered({ loaders }: Context, cart: CartDocument, merchantId: string): Promise<boolean> {
  const { groups } = await loaders.assessment.load(cart);
  return groups.some((group) => group.merchantId === merchantId && group.selected !== null);
}

interface CartContextSetInput {
  readonly currency?: Maybe<string>;
  readonly countryCode?: Maybe<string>;
  readonly expectedVersion?: Maybe<number>;
}

export function setCartContext(context: Context, { currency, countryCode, expectedVersion }: CartContextSetInput): Promise<CartOutcome> {
  return changeCart(context, { ...inputVersion(expectedVersion), creates: true }, async (cart) => {
    if (currency == null && countryCode == null) {
      return { userErrors: [validationError(['input'], { en: 'Give a currency or a country.', zh: '请提供币种或国家/地区。' })] };
    }
    const ofCountry = countryCode == null ? {} : { countryCode };
    if (currency == null) return { change: ofCountry };
    const offerOf = await offersOf(
      context.loaders.sellableVariant,
      cart.lines.map(({ variantId }) => variantId),
    );
    const isOther = currency !== cart.currency;
    // A rate is in one currency: what was chosen in the old one is not offered in the new.
    const deliveries = cart.deliveries.map((delivery) => (isOther && delivery.optionId?.startsWith('ship:') ? { ...delivery, optionId: null } : delivery));
    return { change: { ...ofCountry, currency, currencyChosen: true, deliveries, lines: isOther ? repriced(cart.lines, currency, offerOf) : cart.lines } };
  });
}

interface CartIssuesAcknowledgeInput {
  readonly acceptPriceChanges?: boolean;
  readonly removeUnavailable?: boolean;
  readonly clampToStock?: boolean;
  readonly expectedVersion: number;
}

export function acknowledgeCartIssues(context: Context, input: CartIssuesAcknowledgeInput): Promise<CartOutcome> {
  const { acceptPriceChanges = false, removeUnavailable = false, clampToStock = false, expectedVersion } = input;
  return changeCart(context, { ...inputVersion(expectedVersion), creates: false }, async (cart) => {
    const offerOf = await offersOf(
      context.loaders.sellableVariant,
      cart.lines.map(({ variantId }) => variantId),
    );
    return { change: { lines: acknowledge(cart.lines, { acceptPriceChanges, removeUnavailable, clampToStock }, cart.currency, offerOf) } };
  });
}
