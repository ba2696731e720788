import type { Identity } from '#platform/identity.ts';
import type { Context } from './context.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { expireDueGroup } from './payments/expiry.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

const CHECKOUT = `mutation ($input: CheckoutInput!) { checkout(input: $input) { orderGroup { id }
  cart { id } userErrors { __typename code path ... on CouponRejectedError { couponCode } ... on TotalChangedError { current { amount } } } } }`;
const CANCEL = 'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } userErrors { code message } } }';
const DISABLE = 'mutation ($id: ID!) { couponDisable(id: $id) { userErrors { code } } }';

export interface Goods {
  readonly leaf: string;
  readonly pot: string;
  readonly lines: readonly { variantId: string; quantity: number }[];
  readonly merchants: readonly ShopMerchant[];
}

/** A shop of two merchants, and what is done with coupons again and again. */
export interface CouponShop {
  readonly shop: PayingShop;
  readonly tea: ShopMerchant;
  readonly pots: ShopMerchant;
  /** Two teas at 1005 and a pot at 500, each delivered for 800. */
  goods(stock?: number): Promise<Goods>;
  checkout(who: Identity, cart: { id: string; version: number; total: object }, more?: object): Promise<any>;
  cancel(orderId: string | undefined, who: Identity): Promise<any>;
  /** One of the tea merchant's. */
  disable(couponId: string): Promise<unknown>;
  context(): Context;
  collection(name: string): any;
  makeDue(purchase: Purchase): Promise<void>;
  expire(purchase: Purchase, context?: Context): Promise<void>;
}

export const yuan = (amount: number) => ({ amount, currency: 'CNY' });

export async function startCouponShop(): Promise<CouponShop> {
  const shop = await startPayingShop();
  const tea = await shop.openMerchant();
  const pots = await shop.openMerchant();
  const context = () => shop.running('order-payment').runtime.systemContext() as Context;
  const collection = (name: string) => shop.running('order-payment').runtime.database.collection<any>(name);
  return {
    shop,
    tea,
    pots,
    context,
    collection,
    goods: async (stock = 100) => {
      const leaf = await shop.addVariant(tea, { price: 1005, stock });
      const pot = await shop.addVariant(pots, { price: 500, stock });
      const lines = [
        { variantId: leaf, quantity: 2 },
        { variantId: pot, quantity: 1 },
      ];
      return { leaf, pot, lines, merchants: [tea, pots] };
    },
    checkout: (who, cart, more = {}) => {
      const email = who.kind === 'guest' ? 'guest@example.test' : null;
      const input = { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.total, email, idempotencyKey: key(), ...more };
      return shop.must('order-payment', CHECKOUT, { input }, who);
    },
    cancel: (orderId, who) => shop.must('order-payment', CANCEL, { input: { orderId, reason: 'CHANGED_MIND', idempotencyKey: key() } }, who),
    disable: (id) => shop.must('cart', DISABLE, { id }, tea.owner),
    makeDue: async ({ groupId }) => {
      await collection('order-group').updateOne({ _id: groupId }, { $set: { expiresAt: new Date(Date.now() - 1) } });
    },
    expire: ({ groupId }, asked = context()) => expireDueGroup(asked, { subjectId: groupId, now: new Date() }),
  };
}
