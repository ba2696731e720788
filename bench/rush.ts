import { randomUUID } from 'node:crypto';
import type { GraphClient } from './client.ts';
import { ADDRESS, type BenchShop } from './goods.ts';

export interface Rushed {
  readonly buyers: number;
  readonly placed: number;
  /** Told that there is too little left. */
  readonly refused: number;
  /** From the first checkout that is sent to the last that is answered. */
  readonly seconds: number;
}

const BUYERS = 200;
const IN_STOCK = 50;
const PREPARED_AT_ONCE = 20;
const ERRORS = 'userErrors { __typename code message path }';
const CART = `cart { id version totals { total { amount currency } } } ${ERRORS}`;
const ADD = `mutation Add($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { ${CART} } }`;
const DELIVERY = `mutation Delivery($input: CartDeliverySetInput!) { cartDeliverySet(input: $input) { ${CART} } }`;
const CHECKOUT = `mutation Checkout($input: CheckoutInput!) { checkout(input: $input) { orderGroup { id } ${ERRORS} } }`;

/** Two hundred guests with full carts press the button at the same time; fifty can have the goods. */
export async function rush(graph: GraphClient, { merchants: [merchant] }: BenchShop): Promise<Rushed> {
  if (!merchant) throw new Error('the shop of the benchmark has no merchant');
  const variantId = await merchant.publish(IN_STOCK);
  const ready: (() => Promise<any>)[] = [];
  while (ready.length < BUYERS) {
    ready.push(...(await Promise.all(Array.from({ length: PREPARED_AT_ONCE }, () => readyGuest(graph, merchant.id, variantId)))));
  }
  const startedAt = performance.now();
  const answers = await Promise.all(ready.map((checkout) => checkout()));
  const seconds = (performance.now() - startedAt) / 1000;
  const outcomes = answers.map(({ data, errors }) =>
    data?.checkout.orderGroup ? 'placed' : (data?.checkout.userErrors[0]?.__typename ?? errors?.[0]?.message),
  );
  const other = outcomes.find((outcome) => outcome !== 'placed' && outcome !== 'InsufficientStockError');
  if (other !== undefined) throw new Error(`a checkout was answered with ${other}`);
  const placed = outcomes.filter((outcome) => outcome === 'placed').length;
  if (placed !== IN_STOCK) throw new Error(`${placed} orders were placed on ${IN_STOCK} in stock`);
  return { buyers: BUYERS, placed, refused: BUYERS - placed, seconds };
}

/** A guest whose cart can be ordered, and how it is. */
async function readyGuest(graph: GraphClient, merchantId: string, variantId: string): Promise<() => Promise<any>> {
  const { guestToken } = await graph.must(`mutation { guestSessionCreate { guestToken ${ERRORS} } }`);
  await graph.must(ADD, { input: { lines: [{ variantId, quantity: 1 }], idempotencyKey: randomUUID() } }, guestToken);
  const { cart } = await graph.must(DELIVERY, { input: { merchantId, address: ADDRESS } }, guestToken);
  const input = {
    cartId: cart.id,
    cartVersion: cart.version,
    expectedTotal: cart.totals.total,
    email: `guest-${randomUUID().slice(0, 12)}@example.test`,
    idempotencyKey: randomUUID(),
  };
  return () => graph.post(CHECKOUT, { input }, guestToken);
}
