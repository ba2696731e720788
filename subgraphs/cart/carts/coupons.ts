import { notFoundError } from '#platform/errors.ts';
import type { Context } from '../context.ts';
import { codeOf, type Coupon, couponRejected, isCode, type Objection, objection, toldOf } from '../coupons/domain.ts';
import { couponsOfCode } from '../coupons/service.ts';
import { groupsOf, objectionOf } from './assessment.ts';
import { type CartOutcome, changeCart, type Decision } from './changes.ts';
import { type CartDocument, couponsOf, type StoredCoupon } from './entities.ts';
import { couponFactsOf } from './loaders.ts';
import { inputVersion } from './service.ts';

interface CartCouponInput {
  readonly code: string;
  readonly expectedVersion?: number | null | undefined;
}

const CODE_PATH = ['input', 'code'];

/** A code is entered for everybody of the cart who has a coupon of it; one that is there already changes nothing. */
export function applyCartCoupon(context: Context, { code: typed, expectedVersion }: CartCouponInput): Promise<CartOutcome> {
  const code = codeOf(typed);
  return changeCart(context, { ...inputVersion(expectedVersion), creates: true }, async (cart) => {
    if (!isCode(code)) return rejected(code.slice(0, 40), objection('COUPON_INVALID'));
    if (cart.lines.length === 0) return rejected(code, objection('COUPON_CART_EMPTY'));
    const merchantIds = groupsOf(cart).map(([merchantId]) => merchantId);
    const found = await couponsOfCode(context, code, merchantIds);
    const held = couponsOf(cart);
    const fresh = found.filter(({ id }) => !held.some(({ couponId }) => couponId === id));

    const verdicts = await judged(context, cart, fresh);
    const taken = verdicts.filter(({ reason }) => reason === null).map(({ coupon }) => storedOf(coupon));
    if (taken.length > 0) return { change: { coupons: [...held, ...taken] } };
    return fresh.length < found.length ? { userErrors: [] } : rejected(code, reasonOf(verdicts));
  });
}

interface Verdict {
  readonly coupon: Coupon;
  readonly reason: Objection | null;
}

async function judged(context: Context, cart: CartDocument, coupons: readonly Coupon[]): Promise<Verdict[]> {
  const [{ groups }, facts] = await Promise.all([context.loaders.assessment.load(cart), couponFactsOf(context.loaders, coupons, cart.owner)]);
  return coupons.map((coupon) => {
    const isTaken = couponsOf(cart).some(({ merchantId }) => merchantId === coupon.merchantId);
    return { coupon, reason: objectionOf(cart.currency, coupon, groups, facts) ?? (isTaken ? objection('COUPON_NOT_COMBINABLE') : null) };
  });
}

/** What the buyer can do something about comes first. */
function reasonOf(verdicts: readonly Verdict[]): Objection {
  const told = verdicts.flatMap(({ reason }) => (reason ? [toldOf(reason)] : []));
  return told.find(({ code }) => code !== 'COUPON_INVALID') ?? objection('COUPON_INVALID');
}

const storedOf = ({ id, code, merchantId }: Coupon): StoredCoupon => ({ couponId: id, code, merchantId });

const rejected = (code: string, reason: Objection): Decision => ({ userErrors: [couponRejected(CODE_PATH, code, reason)] });

export function removeCartCoupon(context: Context, { code: typed, expectedVersion }: CartCouponInput): Promise<CartOutcome> {
  const code = codeOf(typed);
  return changeCart(context, { ...inputVersion(expectedVersion), creates: true }, (cart) => {
    const coupons = couponsOf(cart).filter((coupon) => coupon.code !== code);
    if (coupons.length === couponsOf(cart).length)
      return { userErrors: [notFoundError(CODE_PATH, { en: 'A coupon of this code in the cart', zh: '购物车中的该优惠码' })] };
    return { change: { coupons } };
  });
}
