import { newId } from '#platform/entity.ts';
import { DomainError, notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { idempotent } from '#platform/idempotency.ts';
import { type Identity, mayFor } from '#platform/identity.ts';
import type { Money } from '#platform/money.ts';
import { type Connection, connectionOf, type PageArgs, pageOf } from '#platform/pagination.ts';
import { findRows, rawCollection, updateRow } from '#platform/rows.ts';
import { isDuplicateKey } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { codeOf, type Coupon as CouponRow, type CouponTerms, termProblems } from './domain.ts';
import { Coupon } from './entities.ts';
import { COUPON_FIELDS } from './loaders.ts';

type Maybe<T> = T | null | undefined;

interface CouponCreateInput {
  readonly merchantId?: Maybe<string>;
  readonly code: string;
  readonly kind: CouponTerms['kind'];
  readonly percentBps?: Maybe<number>;
  readonly amountOff?: Maybe<Money>;
  readonly minimumSubtotal?: Maybe<Money>;
  readonly usageLimit?: Maybe<number>;
  readonly usageLimitPerUser?: Maybe<number>;
  readonly startsAt?: Maybe<Date>;
  readonly endsAt?: Maybe<Date>;
  readonly idempotencyKey: string;
}

interface CouponOutcome {
  readonly coupon: CouponRow | null;
  readonly userErrors: UserErrorData[];
}

/** What is kept under the idempotency key. */
interface Kept {
  readonly couponId: string | null;
  readonly userErrors: UserErrorData[];
}

const kept = (...userErrors: UserErrorData[]): Kept => ({ couponId: null, userErrors });

/** A merchant's coupons are its members' business, the platform's its staff's. */
export const mayUseScope = (identity: Identity, merchantId: string | null, scope: 'promotions:read' | 'promotions:write'): boolean =>
  merchantId === null ? identity.kind === 'staff' && identity.scopes.includes(scope) : mayFor(identity, merchantId, scope);

export async function createCoupon(context: Context, { idempotencyKey, ...input }: CouponCreateInput): Promise<CouponOutcome> {
  const { em, identity, loaders } = context;
  const merchantId = input.merchantId ?? null;
  if (!mayUseScope(identity, merchantId, 'promotions:write')) return { coupon: null, userErrors: [notYours(merchantId)] };
  const terms: CouponTerms = {
    merchantId,
    code: codeOf(input.code),
    kind: input.kind,
    percentBps: input.percentBps ?? null,
    amountOff: moneyOf(input.amountOff),
    minimumSubtotal: moneyOf(input.minimumSubtotal),
    usageLimit: input.usageLimit ?? null,
    usageLimitPerUser: input.usageLimitPerUser ?? null,
    startsAt: input.startsAt ?? null,
    endsAt: input.endsAt ?? null,
  };
  const answer = await idempotent<Kept>({ em, identity, field: 'couponCreate', key: idempotencyKey, args: input }, () => insert(context, terms));
  if ('conflict' in answer) return { coupon: null, userErrors: [answer.conflict] };
  const { couponId, userErrors } = answer.result;
  return { coupon: couponId === null ? null : await loaders.coupon.load(couponId), userErrors };
}

async function insert({ em }: Context, terms: CouponTerms): Promise<Kept> {
  const problems = termProblems(terms);
  if (problems.length > 0) return kept(...problems);
  const couponId = newId('coupon');
  try {
    await rawCollection(em, Coupon).insertOne({ _id: couponId, createdAt: new Date(), ...terms, usedCount: 0, enabled: true });
    return { couponId, userErrors: [] };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return kept(validationError(['input', 'code'], CODE_TAKEN, 'CODE_TAKEN'));
  }
}

const CODE_TAKEN = {
  en: 'There is a coupon of this code already, perhaps a disabled one; choose another code.',
  zh: '该优惠码已存在（可能已停用），请换一个。',
};
const NAME_MERCHANT = { en: "Name your merchant: only the platform's staff make its coupons.", zh: '请指定商家：仅平台人员可创建平台优惠券。' };

const notYours = (merchantId: string | null): UserErrorData =>
  merchantId === null
    ? validationError(['input', 'merchantId'], NAME_MERCHANT, 'REQUIRED')
    : notFoundError(['input', 'merchantId'], { en: 'The merchant', zh: '该商家' });

const moneyOf = (amount: Maybe<Money>): Money | null => (amount ? { amount: amount.amount, currency: amount.currency } : null);

/** From now on it takes nothing off; what was bought with it stays as it is. Repeatable. */
export async function disableCoupon({ em, identity, loaders }: Context, id: string): Promise<CouponOutcome> {
  const coupon = await loaders.coupon.load(id);
  const missing = { coupon: null, userErrors: [notFoundError(['id'], { en: 'The coupon', zh: '该优惠券' })] };
  if (!coupon || !mayUseScope(identity, coupon.merchantId, 'promotions:write')) return missing;
  const disabled = await updateRow(em, Coupon, { _id: id }, { $set: { enabled: false } }, COUPON_FIELDS);
  return disabled ? { coupon: disabled, userErrors: [] } : missing;
}

/** The newest first; disabled ones too. */
export async function listCoupons(
  { em, identity }: Context,
  { merchantId: asked, ...args }: PageArgs & { readonly merchantId?: Maybe<string> },
): Promise<Connection<CouponRow>> {
  const merchantId = asked ?? null;
  if (!mayUseScope(identity, merchantId, 'promotions:read'))
    throw new DomainError(
      'FORBIDDEN',
      merchantId === null ? "Only the platform's staff read its coupons; name your merchant." : 'You may not read the coupons of this merchant.',
    );
  const page = pageOf(args, 'coupons', [{ field: '_id', direction: -1 }]);
  return connectionOf(await findRows(em, Coupon, { $and: [page.filter, { merchantId }] }, COUPON_FIELDS, { sort: page.sort, limit: page.limit }), page);
}

/** The coupons of a code that could be meant in a cart with goods of these merchants: each theirs, and the platform's. */
export const couponsOfCode = ({ em }: Pick<Context, 'em'>, code: string, merchantIds: readonly string[]): Promise<CouponRow[]> =>
  findRows(em, Coupon, { code, merchantId: { $in: [null, ...merchantIds] } }, COUPON_FIELDS, { sort: { _id: 1 } });
