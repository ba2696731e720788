import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { GraphClient } from './client.ts';
import { ADDRESS, type Account, type BenchShop } from './goods.ts';

/** One client request of the whole checkout; what it answers is known to the ones after it. */
export type Step = (state: PurchaseState) => Promise<void>;

interface PurchaseState {
  cart?: any;
  group?: any;
  page?: string;
}

const ERRORS = 'userErrors { code message path }';
const CART = `cart { id version totals { total { amount currency } } } ${ERRORS}`;
const POLL_MS = 5;
const PAID_WITHIN_MS = 10_000;

/**
 * The whole checkout: two items of two merchants into the cart, delivery for each, checkout, pay, the page's button, and
 * looking until the provider's notification has arrived.
 */
export function purchaseSteps(graph: GraphClient, buyer: Account, shop: BenchShop, pick: () => number): readonly Step[] {
  const ask = (query: string, variables: object) => graph.must(query, variables, buyer.token);
  const delivery =
    (index: number): Step =>
    async (state) => {
      const DELIVERY = `mutation Delivery($input: CartDeliverySetInput!) { cartDeliverySet(input: $input) { ${CART} } }`;
      ({ cart: state.cart } = await ask(DELIVERY, { input: { merchantId: shop.merchants[index]?.id, address: ADDRESS } }));
    };
  return [
    async () => {
      const lines = shop.merchants.map(({ variantIds }) => ({ variantId: variantIds[pick() % variantIds.length], quantity: 1 }));
      await ask(`mutation Add($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { ${CART} } }`, { input: { lines, idempotencyKey: randomUUID() } });
    },
    delivery(0),
    delivery(1),
    async (state) => {
      const { cart } = state;
      const CHECKOUT = `mutation Checkout($input: CheckoutInput!) { checkout(input: $input) { orderGroup { id totals { total { amount currency } } orders { id number status totals { total { amount } } } } ${ERRORS} } }`;
      ({ orderGroup: state.group } = await ask(CHECKOUT, {
        input: { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.totals.total, idempotencyKey: randomUUID() },
      }));
    },
    async (state) => {
      const PAY = `mutation Pay($input: PayInput!) { pay(input: $input) { payment { id status nextAction { ... on QrCodeAction { content } } } ${ERRORS} } }`;
      const { payment } = await ask(PAY, {
        input: { orderGroupId: state.group.id, method: 'ALIPAY', client: 'WEB', expectedAmount: state.group.totals.total, idempotencyKey: randomUUID() },
      });
      state.page = payment.nextAction.content;
    },
    async (state) => {
      const page = await request(state.page ?? '', { method: 'GET' });
      const html = await page.body.text();
      const action = /<form[^>]*action="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? state.page ?? '';
      const name = /<button[^>]*name="([^"]+)"/.exec(html)?.[1] ?? 'action';
      const pressed = await request(new URL(action, state.page), {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `${name}=pay`,
      });
      await pressed.body.dump();
      if (pressed.statusCode >= 400) throw new Error(`the payment page answered ${pressed.statusCode}`);
    },
    async (state) => {
      const deadline = Date.now() + PAID_WITHIN_MS;
      for (;;) {
        const group = await ask('query Paid($id: ID!) { orderGroup(id: $id) { status } }', { id: state.group.id });
        if (group.status === 'PAID') return;
        if (Date.now() > deadline) throw new Error('the payment did not arrive');
        await sleep(POLL_MS);
      }
    },
  ];
}
