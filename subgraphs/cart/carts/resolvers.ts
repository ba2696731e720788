import { userIdOf } from '#platform/identity.ts';
import { money } from '#platform/money.ts';
import { connectionOfArray } from '#platform/pagination.ts';
import type { Context } from '../context.ts';
import type { Resolvers } from '../schema.generated.ts';
import { type DeliveryOption, pickupLocationOf } from '../shipping/domain.ts';
import { type AssessedLine, optionsFor } from './assessment.ts';
import { hasExpired } from './changes.ts';
import { applyCartCoupon, removeCartCoupon } from './coupons.ts';
import type { StoredLine } from './domain.ts';
import { type CartDocument, inCurrencyOf } from './entities.ts';
import { blockingIssuesOf, issuesOf, lineIssues } from './issues.ts';
import { ownerOf } from './owner.ts';
import { acknowledgeCartIssues, addCartLines, clearCart, setCartContext, setCartDelivery, updateCartLines } from './service.ts';
import type { CartLine } from './sources.ts';
import { totalsIn } from './totals.ts';

export const resolvers: Resolvers = {
  Query: {
    cart: (_root, _args, context) => openCartOf(context),
  },
  Mutation: {
    cartLinesAdd: (_root, { input }, context) => addCartLines(context, input),
    cartLinesUpdate: (_root, { input }, context) => updateCartLines(context, input),
    cartCouponApply: (_root, { input }, context) => applyCartCoupon(context, input),
    cartCouponRemove: (_root, { input }, context) => removeCartCoupon(context, input),
    cartClear: (_root, { expectedVersion }, context) => clearCart(context, expectedVersion),
    cartDeliverySet: (_root, { input }, context) => setCartDelivery(context, input),
    cartContextSet: (_root, { input }, context) => setCartContext(context, input),
    cartIssuesAcknowledge: (_root, { input }, context) => acknowledgeCartIssues(context, input),
  },
  Cart: {
    __resolveReference: async ({ id }, { identity, loaders }) => {
      const cart = await loaders.cart.load(id);
      return cart !== null && cart.owner === ownerOf(identity)?.owner ? cart : null;
    },
    id: ({ _id }) => _id,
    owner: ({ userId }) => (userId === null ? null : { id: userId }),
    lines: (cart, args) =>
      connectionOfArray(
        cart.lines.map((line) => lineOf(cart, line)),
        args,
        'cart.lines',
        'position',
        100,
      ),
    groups: async (cart, _args, { loaders }) => [...(await loaders.assessment.load(cart)).groups],
    totalQuantity: ({ lines }) => lines.reduce((total, { quantity }) => total + quantity, 0),
    coupons: async (cart, _args, { loaders }) => (await loaders.assessment.load(cart)).coupons.map((coupon) => ({ ...coupon, currency: cart.currency })),
    totals: async (cart, _args, { loaders }) => totalsIn(cart.currency, (await loaders.assessment.load(cart)).totals),
    issues: async (cart, _args, { loaders }) => issuesOf(await loaders.assessment.load(cart)),
    readyForCheckout: async (cart, _args, { loaders }) =>
      cart.state === 'ACTIVE' && cart.lines.length > 0 && blockingIssuesOf(await loaders.assessment.load(cart)).length === 0,
  },
  CartLine: {
    __resolveReference: async (reference, context) => {
      const cart = await openCartOf(context);
      const line = cart?.lines.find(({ id }) => id === reference.id);
      return cart && line ? { ...lineOf(cart, line), live: reference.variant ?? null } : null;
    },
    variant: ({ line }) => ({ id: line.variantId }),
    merchant: ({ line }) => ({ id: line.merchantId }),
    quantity: ({ line }) => line.quantity,
    unitPriceSeen: ({ line }) => line.seen,
    unitPrice: async (source, _args, context) => inCurrencyOf(source.cart, (await assessed(source, context)).unitPrice),
    subtotal: async (source, _args, context) => inCurrencyOf(source.cart, (await assessed(source, context)).subtotal),
    discountAllocations: async (source, _args, context) =>
      (await assessed(source, context)).discounts.map((discount) => ({ ...discount, currency: source.cart.currency })),
    total: async (source, _args, context) => inCurrencyOf(source.cart, (await assessed(source, context)).total),
    addedAt: ({ line }) => line.addedAt,
    issues: async (source, _args, context) => lineIssues(await assessed(source, context), source.cart.currency, source.live),
  },
  CartGroup: {
    merchant: ({ merchantId }) => ({ id: merchantId }),
    lines: ({ cart, lines }) => lines.map((one) => lineOf(cart, one.line, one)),
    deliveryOptions: async ({ cart, merchantId, lines }, _args, { loaders, request }) => {
      const [rates, places] = await Promise.all([loaders.shippingRatesByMerchant.load(merchantId), loaders.pickupPointsByMerchant.load(merchantId)]);
      return optionsFor(cart, merchantId, lines, rates, places).map((option) => shownOption(option, cart, request.locale));
    },
    selectedDelivery: ({ cart, selected }, _args, { request }) => selected && shownOption(selected, cart, request.locale),
    shippingAddress: ({ address }) => address,
    pickupLocation: ({ selected }) => {
      const id = pickupLocationOf(selected?.id ?? null);
      return id === null ? null : { id };
    },
    totals: ({ cart, totals }) => totalsIn(cart.currency, totals),
  },
  DiscountAllocation: {
    source: ({ fundedBy }) => `${fundedBy}_COUPON`,
    amount: ({ amount, currency }) => money(amount, currency),
  },
  AppliedCoupon: {
    applied: (coupon) => coupon.objection === null,
    reason: ({ objection }, _args, { request }) => objection && objection.message[request.locale.startsWith('zh') ? 'zh' : 'en'],
    discount: ({ amount, currency }) => money(amount, currency),
    merchant: ({ merchantId }) => (merchantId === null ? null : { id: merchantId }),
  },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    cart: ({ id }, _args, context) => (id === userIdOf(context.identity) ? openCartOf(context) : null),
  },
  ProductVariant: {
    __resolveReference: ({ id }) => ({ id }),
    quantityInMyCart: async ({ id }, _args, context) => {
      if (!ownerOf(context.identity)) return null;
      const cart = await openCartOf(context);
      return cart?.lines.find(({ variantId }) => variantId === id)?.quantity ?? 0;
    },
  },
};

async function openCartOf({ identity, loaders }: Context): Promise<CartDocument | null> {
  const owner = ownerOf(identity);
  const cart = owner && (await loaders.openCart.load(owner.owner));
  return cart && !hasExpired(cart) ? cart : null;
}

const lineOf = (cart: CartDocument, line: StoredLine, assessedLine: AssessedLine | null = null): CartLine => ({
  id: line.id,
  position: line.position,
  cart,
  line,
  assessed: assessedLine,
  live: null,
});

async function assessed({ cart, line, assessed: known }: Pick<CartLine, 'cart' | 'line' | 'assessed'>, { loaders }: Context): Promise<AssessedLine> {
  const found = known ?? (await loaders.assessment.load(cart)).lines.get(line.id);
  if (!found) throw new Error(`line ${line.id} is not in cart ${cart._id}`);
  return found;
}

const DAY_MS = 24 * 3600 * 1000;

const shownOption = ({ id, mode, title, price, days }: DeliveryOption, { currency }: CartDocument, locale: string) => ({
  id,
  mode,
  title: locale.startsWith('zh') ? title.zh : title.en,
  price: money(price, currency),
  estimatedFrom: days && new Date(Date.now() + days.min * DAY_MS),
  estimatedTo: days && new Date(Date.now() + days.max * DAY_MS),
});
