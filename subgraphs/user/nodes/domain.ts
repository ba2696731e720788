/** The type that an id's prefix stands for. */
export const TYPE_OF_PREFIX = {
  user: 'User',
  addr: 'Address',
  merch: 'Merchant',
  prod: 'Product',
  var: 'ProductVariant',
  cat: 'Category',
  loc: 'Location',
  cart: 'Cart',
  cline: 'CartLine',
  coupon: 'Coupon',
  group: 'OrderGroup',
  order: 'Order',
  oline: 'OrderLine',
  pay: 'Payment',
  ship: 'Shipment',
  refund: 'RefundRequest',
  payout: 'Payout',
  review: 'Review',
} as const satisfies Record<string, string>;

/** Who decides whether an object is there for somebody, where that is another subgraph. */
export const OWNER_OF_TYPE: Partial<Record<NodeType, string>> = {
  Product: 'product',
  ProductVariant: 'product',
  Category: 'product',
  Location: 'product',
  Cart: 'cart',
  CartLine: 'cart',
  Coupon: 'cart',
  OrderGroup: 'order-payment',
  Order: 'order-payment',
  OrderLine: 'order-payment',
  Payment: 'order-payment',
  Shipment: 'order-payment',
  RefundRequest: 'order-payment',
  Payout: 'order-payment',
  Review: 'review',
};

type Prefix = keyof typeof TYPE_OF_PREFIX;
export type NodeType = (typeof TYPE_OF_PREFIX)[Prefix];

const isPrefix = (text: string): text is Prefix => Object.hasOwn(TYPE_OF_PREFIX, text);

/** Null for what cannot be an id of ours. */
export function typeOfId(id: string): NodeType | null {
  const [, prefix] = /^([a-z]+)_[\w-]{1,60}$/.exec(id) ?? [];
  return prefix !== undefined && isPrefix(prefix) ? TYPE_OF_PREFIX[prefix] : null;
}
