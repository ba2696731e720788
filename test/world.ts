import {
  type Actor,
  addCategory,
  ADDRESS,
  addToCart,
  buy,
  guestSession,
  key,
  logIn,
  openShop,
  publish,
  type Seller,
  signUp,
  staffMember,
  until,
} from './actors.ts';
import type { TestGraph } from './graph.ts';

/** One of everything, and everybody who might ask for it. */
export interface World {
  readonly staff: Actor;
  /** Whose things they are. */
  readonly seller: Seller;
  readonly buyer: Actor;
  /** The same rights, but for other things. */
  readonly rival: Seller;
  readonly stranger: Actor;
  readonly guest: Actor;
  /** Staff with few scopes. */
  readonly supporter: Actor;
  /** Ids of the seller's and the buyer's things, by a word of the arguments that ask for them. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

const SHIP = 'mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } userErrors { code } } }';
const CONFIRM = 'mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { order { id } userErrors { code } } }';
const REVIEW = 'mutation ($input: ReviewCreateInput!) { reviewCreate(input: $input) { review { id } userErrors { code } } }';
const COMPLAIN = 'mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id } userErrors { code } } }';
const SAVE_ADDRESS = 'mutation ($input: AddressCreateInput!) { addressCreate(input: $input) { address { id } userErrors { code } } }';
const ASSIGN = 'mutation ($id: ID!) { staffRoleAssign(userId: $id, role: "support") { user { id } userErrors { code } } }';
const COUPON = 'mutation ($input: CouponCreateInput!) { couponCreate(input: $input) { coupon { id } userErrors { code message path } } }';
const PAYMENTS = 'query ($id: ID!) { orderGroup(id: $id) { payments { id } } }';

export async function createWorld(graph: TestGraph): Promise<World> {
  const staff = await staffMember(graph);
  const seller = await openShop(graph, staff, 'seller');
  const rival = await openShop(graph, staff, 'rival');
  const buyer = await signUp(graph, 'buyer');
  const category = await addCategory(staff);
  const goods = await publish(seller, category, { prices: [1990, 2990] });
  const draft = await publish(seller, category, { isPublished: false });
  const [variant = ''] = goods.variantIds;

  const group = await buy(buyer, [{ variantId: variant, quantity: 3 }], [seller.merchantId]);
  const fresh = await buy(buyer, [{ variantId: variant, quantity: 1 }], [seller.merchantId]);
  const [order] = group.orders;
  const orderLineId = order.lines[0].id;
  const { shipment } = await seller.must(SHIP, { input: { orderId: order.id, carrier: 'SF Express', trackingNumber: 'SF1', idempotencyKey: key() } });
  await buyer.must(CONFIRM, { id: order.id });
  const review = await until(
    async () => (await buyer.ask(REVIEW, { input: { orderLineId, rating: 4, body: 'Fresh and sweet.', idempotencyKey: key() } })).data?.reviewCreate.review,
  );
  const complaint = { orderId: order.id, type: 'REFUND_ONLY', lines: [{ orderLineId, quantity: 1 }], reason: 'DEFECTIVE', idempotencyKey: key() };
  const { refundRequest } = await buyer.must(COMPLAIN, { input: complaint });
  const { cart } = await addToCart(buyer, [{ variantId: variant, quantity: 2 }]);
  const { coupon } = await seller.must(COUPON, {
    input: { merchantId: seller.merchantId, code: key().slice(0, 18), kind: 'PERCENT', percentBps: 500, idempotencyKey: key() },
  });
  const { address } = await buyer.must(SAVE_ADDRESS, { input: { postalAddress: ADDRESS } });
  const { payments } = await buyer.must(PAYMENTS, { id: group.id });
  const { sessions } = await buyer.must('{ me { sessions { id } } }');
  const helper = await signUp(graph, 'supporter');
  await staff.must(ASSIGN, { id: helper.userId });

  return {
    staff,
    seller,
    buyer,
    rival,
    stranger: await signUp(graph, 'stranger'),
    guest: await guestSession(graph),
    supporter: await logIn(graph, helper.email),
    ids: {
      product: [goods.productId, draft.productId],
      variant: [...goods.variantIds, ...draft.variantIds],
      merchant: [seller.merchantId],
      location: [seller.locationId],
      category: [category],
      user: [buyer.userId, seller.userId],
      coupon: [coupon.id],
      cartid: [cart.id],
      lineid: [cart.lines.nodes[0].id],
      orderline: [orderLineId, fresh.orders[0].lines[0].id],
      order: [order.id, fresh.orders[0].id],
      group: [group.id, fresh.id],
      payment: payments.map(({ id }: { id: string }) => id),
      shipment: [shipment.id],
      refund: [refundRequest.id],
      review: [review.id],
      address: [address.id],
      session: sessions.map(({ id }: { id: string }) => id),
    },
  };
}
