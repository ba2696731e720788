import { type Text, type UserErrorData, userError, validationError } from '#platform/errors.ts';
import { decimalOf, type Money } from '#platform/money.ts';

export type CouponKind = 'PERCENT' | 'FIXED_AMOUNT' | 'FREE_SHIPPING';
export type DiscountFunding = 'MERCHANT' | 'PLATFORM';

export interface CouponTerms {
  /** Null: the platform's. */
  readonly merchantId: string | null;
  /** As `codeOf` writes it. */
  readonly code: string;
  readonly kind: CouponKind;
  readonly percentBps: number | null;
  readonly amountOff: Money | null;
  readonly minimumSubtotal: Money | null;
  readonly usageLimit: number | null;
  readonly usageLimitPerUser: number | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
}

export interface Coupon extends CouponTerms {
  readonly id: string;
  readonly usedCount: number;
  readonly enabled: boolean;
}

/** Who gives a discount bears it. */
export const fundingOf = ({ merchantId }: Pick<CouponTerms, 'merchantId'>): DiscountFunding => (merchantId === null ? 'PLATFORM' : 'MERCHANT');

/** How a code is kept and compared: however it was typed, without blanks and in capitals. */
export const codeOf = (typed: string): string => typed.normalize('NFKC').replace(/\s+/gu, '').toUpperCase();

const CODE = /^[\p{L}\p{N}_-]{1,40}$/u;
export const isCode = (code: string): boolean => CODE.test(code);

/** A larger one is a slip of the pen, and sums of money stay safe integers. */
const MAX_AMOUNT = 1_000_000_000_000;
const MAX_USES = 1_000_000_000;
/** Each use of a limited coupon by one buyer has a number of its own, of which the free ones are looked for. */
const MAX_USES_PER_USER = 1_000;

const isWithin = (value: number | null, max: number): boolean => value === null || (value >= 1 && value <= max);
const limitText = (max: number): Text => ({ en: `The limit must be 1 to ${max}; leave it out for none.`, zh: `限制须为 1 至 ${max}；不限请留空。` });

/** Everything that is wrong with a coupon's terms, each with the field it is wrong in. */
export function termProblems(terms: CouponTerms): UserErrorData[] {
  const { code, kind, percentBps, amountOff, minimumSubtotal, usageLimit, usageLimitPerUser, startsAt, endsAt } = terms;
  const rules: readonly (readonly [broken: boolean, field: string, message: Text])[] = [
    [
      !isCode(code),
      'code',
      { en: 'The code must have 1 to 40 letters, digits, hyphens or underscores.', zh: '优惠码须为 1 至 40 个字母、数字、连字符或下划线。' },
    ],
    [
      kind === 'PERCENT' && (percentBps === null || percentBps < 1 || percentBps > 10_000),
      'percentBps',
      { en: 'PERCENT needs percentBps from 1 to 10000 (0.01 % to 100 %).', zh: 'PERCENT 须提供 1 至 10000 的 percentBps（0.01% 至 100%）。' },
    ],
    [kind !== 'PERCENT' && percentBps !== null, 'percentBps', { en: `${kind} takes no percentBps; leave it out.`, zh: `${kind} 不需要 percentBps，请留空。` }],
    [
      kind === 'FIXED_AMOUNT' && (amountOff === null || !isWithin(amountOff.amount, MAX_AMOUNT)),
      'amountOff',
      { en: `FIXED_AMOUNT needs amountOff of 1 to ${MAX_AMOUNT} minor units.`, zh: `FIXED_AMOUNT 须提供 1 至 ${MAX_AMOUNT} 个最小货币单位的 amountOff。` },
    ],
    [kind !== 'FIXED_AMOUNT' && amountOff !== null, 'amountOff', { en: `${kind} takes no amountOff; leave it out.`, zh: `${kind} 不需要 amountOff，请留空。` }],
    [
      minimumSubtotal !== null && !isWithin(minimumSubtotal.amount, MAX_AMOUNT),
      'minimumSubtotal',
      { en: `The minimum must be 1 to ${MAX_AMOUNT} minor units; leave it out for none.`, zh: `最低消费须为 1 至 ${MAX_AMOUNT} 个最小货币单位；不限请留空。` },
    ],
    [
      minimumSubtotal !== null && amountOff !== null && minimumSubtotal.currency !== amountOff.currency,
      'minimumSubtotal',
      {
        en: `The minimum must be in the currency of amountOff (${amountOff?.currency ?? ''}).`,
        zh: `最低消费须与 amountOff 同币种（${amountOff?.currency ?? ''}）。`,
      },
    ],
    [!isWithin(usageLimit, MAX_USES), 'usageLimit', limitText(MAX_USES)],
    [!isWithin(usageLimitPerUser, MAX_USES_PER_USER), 'usageLimitPerUser', limitText(MAX_USES_PER_USER)],
    [startsAt !== null && endsAt !== null && endsAt <= startsAt, 'endsAt', { en: 'It must end after it starts.', zh: '结束时间须晚于开始时间。' }],
  ];
  return rules.filter(([broken]) => broken).map(([, field, message]) => validationError(['input', field], message));
}

/** Why a coupon takes nothing off a cart. */
export interface Objection {
  readonly code: keyof typeof OBJECTIONS;
  readonly message: Text;
}

const OBJECTIONS = {
  /** One answer for all that the buyer cannot help: whether such a code exists is not told. */
  COUPON_INVALID: {
    en: 'This code is not valid for this cart: it may be mistyped, of a merchant that is not in the cart, not in force, or used up.',
    zh: '此优惠码不适用于当前购物车：可能输入有误、不属于购物车中的商家、不在有效期内或已被领完。',
  },
  COUPON_CART_EMPTY: { en: 'Put something into the cart before you enter a code.', zh: '请先将商品加入购物车，再输入优惠码。' },
  COUPON_NOT_COMBINABLE: {
    en: 'One coupon of each merchant and one of the platform can be used at once; remove the other first.',
    zh: '每个商家及平台各只能使用一张优惠券，请先移除已有的优惠券。',
  },
  COUPON_DISABLED: { en: 'This coupon is no longer offered; remove it to go on.', zh: '该优惠券已停用，请移除后继续。' },
  COUPON_NOT_STARTED: { en: 'This coupon is not in force yet; remove it to go on.', zh: '该优惠券尚未生效，请移除后继续。' },
  COUPON_EXPIRED: { en: 'This coupon has expired; remove it to go on.', zh: '该优惠券已过期，请移除后继续。' },
  COUPON_USED_UP: { en: 'This coupon has been used up; remove it to go on.', zh: '该优惠券已被领完，请移除后继续。' },
  COUPON_ALREADY_USED: { en: 'You have used this coupon as often as one buyer may.', zh: '您使用该优惠券的次数已达上限。' },
  COUPON_NO_GOODS: {
    en: 'There are no goods in the cart that this coupon is for; remove it, or add some.',
    zh: '购物车中没有适用该优惠券的商品，请移除或添加商品。',
  },
  COUPON_OTHER_CURRENCY: {
    en: "This coupon is in another currency than the cart; change the cart's currency to use it.",
    zh: '该优惠券与购物车币种不同，请更改购物车币种。',
  },
  COUPON_BELOW_MINIMUM: { en: 'The goods do not reach the minimum of this coupon.', zh: '商品金额未达到该优惠券的最低消费。' },
} as const satisfies Record<string, Text>;

export const objection = (code: Objection['code']): Objection => ({ code, message: OBJECTIONS[code] });

/** What the buyer cannot help, and a guesser may not learn. */
const UNTOLD: ReadonlySet<Objection['code']> = new Set(['COUPON_DISABLED', 'COUPON_NOT_STARTED', 'COUPON_EXPIRED', 'COUPON_USED_UP', 'COUPON_NO_GOODS']);

/** The same as somebody hears it who enters a code. */
export const toldOf = (reason: Objection): Objection => (UNTOLD.has(reason.code) ? objection('COUPON_INVALID') : reason);

/** What of a cart a coupon is judged by. */
export interface Situation {
  readonly currency: string;
  readonly now: Date;
  /** Goods that the coupon is for, before any coupon. */
  readonly subtotal: number;
  readonly hasGoods: boolean;
  /** How often this buyer has used it. */
  readonly usesByBuyer: number;
}

/** Why the coupon takes nothing off; null when it counts. */
export function objectionTo(coupon: Coupon | null, { currency, now, subtotal, hasGoods, usesByBuyer }: Situation): Objection | null {
  if (!coupon?.enabled) return objection('COUPON_DISABLED');
  const { startsAt, endsAt, usageLimit, usageLimitPerUser, usedCount, amountOff, minimumSubtotal } = coupon;
  if (startsAt !== null && now < startsAt) return objection('COUPON_NOT_STARTED');
  if (endsAt !== null && now >= endsAt) return objection('COUPON_EXPIRED');
  if (usageLimitPerUser !== null && usesByBuyer >= usageLimitPerUser) return objection('COUPON_ALREADY_USED');
  if (usageLimit !== null && usedCount >= usageLimit) return objection('COUPON_USED_UP');
  if (!hasGoods) return objection('COUPON_NO_GOODS');
  const currencies = [amountOff, minimumSubtotal].flatMap((amount) => (amount === null ? [] : [amount.currency]));
  if (currencies.some((other) => other !== currency)) return objection('COUPON_OTHER_CURRENCY');
  return minimumSubtotal !== null && subtotal < minimumSubtotal.amount ? belowMinimum(minimumSubtotal) : null;
}

const belowMinimum = (minimum: Money): Objection => {
  const least = `${decimalOf(minimum)} ${minimum.currency}`;
  return {
    code: 'COUPON_BELOW_MINIMUM',
    message: { en: `This coupon is for ${least} of goods and more; add some, or remove it.`, zh: `该优惠券须商品金额满 ${least} 方可使用，请添加商品或移除。` },
  };
};

export const couponRejected = (path: readonly string[], couponCode: string, { code, message }: Objection): UserErrorData =>
  userError('CouponRejectedError', code, path, message, { couponCode });
