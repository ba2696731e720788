import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '#platform/identity.ts';
import { routeOf } from '#platform/http.ts';
import { press } from './payments/providers/sandbox.fixture.ts';
import { key, type Shop, type ShopMerchant, startShop } from './shop.fixture.ts';

export interface Purchase {
  readonly who: Identity;
  readonly groupId: string;
  readonly total: { amount: number; currency: string };
  readonly orders: readonly {
    id: string;
    number: string;
    merchant: { id: string };
    lines: readonly { id: string; quantity: number; total: { amount: number } }[];
    totals: { total: { amount: number } };
  }[];
}

/** A shop that can be paid: the sandbox company and the doors for notifications stand on a port of their own. */
export interface PayingShop extends Shop {
  readonly origin: string;
  /** Sees each notification before it is dealt with. */
  intercept: ((headers: Record<string, string>, body: string) => void) | null;
  /** Notifications get lost. */
  isDeaf: boolean;
  /** The provider does not answer. */
  isProviderDown: boolean;
  buy(
    who: Identity,
    lines: readonly { variantId: string; quantity: number }[],
    merchants: readonly ShopMerchant[],
    codes?: readonly string[],
  ): Promise<Purchase>;
  pay(purchase: Purchase, more?: object): Promise<any>;
  /** Starts an attempt with a QR code and presses a button of its page. */
  payBy(purchase: Purchase, button: string): Promise<any>;
  /** Bought and paid. */
  sell: PayingShop['buy'];
  /** Answers the shop's database rows. */
  rows(collection: string, filter: object): Promise<any[]>;
  order(id: string): Promise<any>;
  until<T>(look: () => Promise<T | null | undefined | false>): Promise<T>;
}

export const PAY = `mutation ($input: PayInput!) { pay(input: $input) {
  payment { id method provider status amount { amount currency } expiresAt pollAfterSeconds nextAction {
    __typename ... on QrCodeAction { content svg expiresAt } ... on RedirectAction { url method formFields { name value } }
    ... on ClientConfirmAction { provider publishableKey clientSecret } ... on AppInvokeAction { provider params { name value } } } }
  orderGroup { id status }
  userErrors { __typename code message path
    ... on AlreadyPaidError { payment { id status } } ... on OrderExpiredError { expiredAt }
    ... on PaymentMethodUnavailableError { availableMethods } ... on PaymentProviderError { retryable retryAfterSeconds } }
} }`;

const CHECKOUT = `mutation ($input: CheckoutInput!) { checkout(input: $input) {
  orderGroup { id orders { id number merchant { id } lines { id quantity total { amount } } totals { total { amount } } } }
  userErrors { code message path }
} }`;

export async function startPayingShop(environment: Record<string, string> = {}): Promise<PayingShop> {
  let shop: PayingShop | null = null;
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const handler = shop && routeOf(shop.running('order-payment').routes, path);
    const isNotification = path.startsWith('/psp/');
    if (!shop || !handler || (isNotification && shop.isDeaf) || (path.startsWith('/sandbox/api/') && shop.isProviderDown))
      return void response.writeHead(503).end();
    const { intercept } = shop;
    if (isNotification && intercept) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      const headers = { 'sandbox-signature': String(request.headers['sandbox-signature']), 'content-type': 'application/json' };
      request.on('end', () => intercept(headers, Buffer.concat(chunks).toString()));
    }
    void handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const started = await startShop({ PUBLIC_URL: origin, ...environment });
  const { must } = started;

  const buy: PayingShop['buy'] = async (who, lines, merchants, codes) => {
    const cart = await started.fillCart(who, lines, merchants, codes);
    const email = who.kind === 'guest' ? 'guest@example.test' : null;
    const input = { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.total, email, idempotencyKey: key() };
    const { orderGroup, userErrors } = await must('order-payment', CHECKOUT, { input }, who);
    if (!orderGroup) throw new Error(JSON.stringify(userErrors));
    return { who, groupId: orderGroup.id, total: cart.total, orders: orderGroup.orders };
  };
  const pay: PayingShop['pay'] = ({ who, groupId, total }, more = {}) =>
    must('order-payment', PAY, { input: { orderGroupId: groupId, method: 'ALIPAY', expectedAmount: total, idempotencyKey: key(), ...more } }, who);
  const payBy: PayingShop['payBy'] = async (purchase, button) => {
    const { payment } = await pay(purchase);
    await press(payment.nextAction.content, button);
    return payment;
  };
  const rows: PayingShop['rows'] = (collection, filter) => started.running('order-payment').runtime.database.collection(collection).find(filter).toArray();
  const order: PayingShop['order'] = async (id) => (await rows('order', { _id: id }))[0];
  const until: PayingShop['until'] = async (look) => {
    for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(25)) {
      const seen = await look();
      if (seen) return seen;
    }
    throw new Error('it did not happen within fifteen seconds');
  };
  const sell: PayingShop['sell'] = async (...args) => {
    const purchase = await buy(...args);
    await payBy(purchase, 'pay');
    await until(async () => (await rows('order-group', { _id: purchase.groupId, status: 'PAID' }))[0]);
    return purchase;
  };

  const dispose = started[Symbol.asyncDispose].bind(started);
  shop = Object.assign(started, {
    origin,
    intercept: null,
    isDeaf: false,
    isProviderDown: false,
    buy,
    pay,
    payBy,
    sell,
    rows,
    order,
    until,
    [Symbol.asyncDispose]: async () => {
      await dispose();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  });
  return shop;
}
