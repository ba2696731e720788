import type { Text } from '#platform/errors.ts';
import type { Money } from '#platform/money.ts';
import type { Discount } from '../coupons/discounts.ts';
import type { AssessedCoupon, AssessedGroup, AssessedLine } from './assessment.ts';
import type { StoredLine } from './domain.ts';
import type { CartDocument } from './entities.ts';

export type Cart = CartDocument;

export type CartGroup = AssessedGroup;

/** What the gateway read of a variant while the client waited; newer than what this subgraph has. */
export interface LiveVariant {
  readonly price: Money;
  readonly availableForSale: boolean;
  readonly isActive: boolean;
}

export interface CartLine {
  readonly id: string;
  readonly position: number;
  readonly cart: CartDocument;
  readonly line: StoredLine;
  /** Where the whole cart was assessed already. */
  readonly assessed: AssessedLine | null;
  /** Where the gateway brought the variant along. */
  readonly live: LiveVariant | null;
}

interface Issue {
  readonly code: string;
  readonly message: Text;
  readonly lineId: string | null;
  readonly blocking: boolean;
}

export interface PriceChangedIssue extends Issue {
  readonly __typename: 'PriceChangedIssue';
  readonly seen: Money;
  readonly current: Money;
}

export interface StockIssue extends Issue {
  readonly __typename: 'StockIssue';
  readonly requested: number;
  readonly available: number;
}

export interface UnavailableIssue extends Issue {
  readonly __typename: 'UnavailableIssue';
}

export interface CouponIssue extends Issue {
  readonly __typename: 'CouponIssue';
  readonly couponCode: string;
}

export interface DeliveryIssue extends Issue {
  readonly __typename: 'DeliveryIssue';
  readonly merchantId: string;
}

export type CartIssue = PriceChangedIssue | StockIssue | UnavailableIssue | CouponIssue | DeliveryIssue;

/** A coupon as the cart in its currency has it. */
export type AppliedCoupon = AssessedCoupon & { readonly currency: string };
export type DiscountAllocation = Discount & { readonly currency: string };
