import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Actor,
  addToCart,
  applyCoupon,
  CART_FIELDS,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  guestSession,
  key,
  logIn,
  PASSWORD,
  PAY,
  payInput,
  pressOnPage,
  until,
} from '../actors.ts';
import { GaveUp, Refused } from './clients.ts';
import { type Market, newcomer, type Trader } from './market.ts';

const GROUP = `query ($id: ID!) { orderGroup(id: $id) { id status totals { total { amount currency } } orders { id status merchant { id } } } }`;
const SYNC = `mutation ($id: ID!) { paymentSync(paymentId: $id) { payment { id status } orderGroup { id status } userErrors { code message } } }`;
const PAYMENT = 'query ($id: ID!) { payment(id: $id) { id status } }';
const CANCEL = `mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { id status } userErrors { code message } } }`;
const CLEAR = 'mutation { cartClear { cart { id } userErrors { code message } } }';
const BROWSE = '{ products(first: 12) { nodes { id title ratingSummary { count } } } }';
const PRODUCT = 'query ($id: ID!) { product(id: $id) { id title variants { nodes { id price { amount } } } } }';

const PAID_WITHIN_MS = 6_000;
const LOOK_EVERY_MS = 400;

/** Goods of two shops, now and then of the scarce ones. */
function wishList({ random }: Trader, { stalls }: Market): { variantId: string; quantity: number }[] {
  const [first, second] = [random.pick(stalls), random.pick(stalls)];
  const lines = [...new Set([first, second])].map((stall) => ({ variantId: random.pick(stall.variants).id, quantity: random.pick([1, 1, 2, 3]) }));
  return random.chance(0.25) ? [...lines, { variantId: random.pick(stalls).scarceId, quantity: 1 }] : lines;
}

async function browse({ random, self }: Trader, { stalls }: Market): Promise<void> {
  await self.must(BROWSE);
  await self.must(PRODUCT, { id: random.pick(random.pick(stalls).variants).productId });
}

/** The purchase that comes of the cart, by one of the ways in which clients check out. */
async function checkOut(trader: Trader, market: Market, cart: any, extra: object): Promise<any> {
  const { random, self } = trader;
  const input = checkoutInput(cart, extra);
  const ways = {
    plainly: async () => (await self.must(CHECKOUT, input)).orderGroup,
    /** A nervous finger: the ledger sees whether all are told the same. */
    'with one key at once': async () => {
      await Promise.allSettled(Array.from({ length: 4 }, () => self.ask(CHECKOUT, input)));
      return (await self.must(CHECKOUT, input)).orderGroup;
    },
    /** Two tabs: one of them at most may have it. */
    'with different keys at once': async () => {
      const answers = await Promise.all(
        [input, checkoutInput(cart, extra), checkoutInput(cart, extra)].map((each) => self.ask(CHECKOUT, each).catch(() => null)),
      );
      const placed = answers.flatMap((answer) => answer?.data?.checkout?.orderGroup ?? []);
      if (new Set(placed.map(({ id }) => id)).size > 1) market.ledger.contradict(`cart ${cart.id} became ${placed.map(({ id }) => id).join(' and ')}`);
      return placed[0] ?? null;
    },
    'with a stale total': async () => {
      const stale = { ...cart, totals: { total: { ...cart.totals.total, amount: cart.totals.total.amount + 100 } } };
      const answer = await self.ask(CHECKOUT, checkoutInput(stale, extra)).catch(() => null);
      if (answer?.data?.checkout?.orderGroup) market.ledger.contradict(`cart ${cart.id} was checked out at a total that nobody stated`);
      return (await self.must(CHECKOUT, input)).orderGroup;
    },
  };
  return ways[
    random.weighed([
      [6, 'plainly'],
      [2, 'with one key at once'],
      [1, 'with different keys at once'],
      [1, 'with a stale total'],
    ] as const)
  ]();
}

/** Where the buyer pays: the QR code's address, the page he is sent to, or the card's form. */
const pageOf = (market: Market, action: any): string | null =>
  action.content ??
  action.url ??
  (action.clientSecret ? `${market.clients.graph.url}/sandbox/confirm?client_secret=${encodeURIComponent(action.clientSecret)}` : null);

const METHODS = [
  { method: 'ALIPAY', client: 'WEB' },
  { method: 'WECHAT_PAY', client: 'WEB' },
  { method: 'ALIPAY', client: 'MOBILE_WEB', returnUrl: 'http://127.0.0.1/thanks' },
  { method: 'BANK_CARD', client: 'WEB' },
];
const BUTTONS: readonly (readonly [number, string])[] = [
  [70, 'pay'],
  [8, 'twice'],
  [8, 'later'],
  [8, 'decline'],
  [4, 'wrong-amount'],
  [2, 'wrong-currency'],
];

/** Like a person whose page did not load. */
async function press(page: string, button: string): Promise<void> {
  await until(
    () =>
      pressOnPage(page, button).then(
        ({ status }) => status < 500,
        () => false,
      ),
    30_000,
  ).catch(() => {
    throw new GaveUp('the page');
  });
}

/** One attempt; the money may come, be declined or be odd. */
async function attempt({ random, self }: Trader, market: Market, group: any): Promise<string | null> {
  const input = payInput(group, random.pick(METHODS));
  if (random.chance(0.15)) await Promise.allSettled(Array.from({ length: 3 }, () => self.ask(PAY, input)));
  const { payment } = await self.must(PAY, input);
  const page = payment.nextAction && pageOf(market, payment.nextAction);
  if (!page) return payment.id;
  if (random.chance(0.1)) {
    // Another way after all, while the first is perhaps being paid.
    const [, other] = await Promise.allSettled([press(page, 'pay'), self.must(PAY, payInput(group, random.pick(METHODS)))]);
    const second = other.status === 'fulfilled' && other.value.payment.nextAction && pageOf(market, other.value.payment.nextAction);
    if (second) await press(second, 'pay');
    return payment.id;
  }
  await press(page, random.weighed(BUTTONS));
  return payment.id;
}

/** Whether the purchase is paid by now, after having looked for a while and asked at last. */
async function isPaid({ random, self }: Trader, groupId: string, paymentId: string): Promise<boolean> {
  const isAsking = random.chance(0.5);
  for (const deadline = Date.now() + PAID_WITHIN_MS; Date.now() < deadline; await sleep(LOOK_EVERY_MS)) {
    const { status } = await self.must(PAYMENT, { id: paymentId });
    if (status === 'SUCCEEDED' || status === 'FAILED') break;
  }
  if (isAsking) await self.must(SYNC, { id: paymentId });
  return (await self.must(GROUP, { id: groupId })).status === 'PAID';
}

async function payFor(trader: Trader, market: Market, group: any): Promise<boolean> {
  for (let tries = 0; tries < 3; tries++) {
    try {
      const paymentId = await attempt(trader, market, group);
      if (paymentId && (await isPaid(trader, group.id, paymentId))) return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === 'ALREADY_PAID') return true;
      if (error.code === 'ORDER_EXPIRED' || error.code === 'INVALID_STATE') return false;
    }
  }
  return false;
}

/** From the cart to the paid purchase, or to one that is given up, cancelled or forgotten. */
async function purchase(trader: Trader, market: Market, cart: any, extra: object = {}): Promise<void> {
  const { random, self } = trader;
  const group = await checkOut(trader, market, cart, extra);
  if (!group || random.chance(0.06)) return;
  const cancel = () => self.must(CANCEL, { input: { orderId: group.orders[0].id, reason: 'CHANGED_MIND', idempotencyKey: key() } });
  if (random.chance(0.06)) return void (await cancel());
  const [paid] = await Promise.all([payFor(trader, market, group), random.chance(0.04) ? cancel().catch(() => null) : null]);
  if (!paid) return;
  for (const { id, merchant } of group.orders) {
    const stall = market.stalls.find(({ seller }) => seller.merchantId === merchant.id);
    if (stall) market.sales.push({ orderId: id, stall, buyer: self });
  }
}

/** The cart as it is, with a delivery for all that is in it, and now and then a coupon. */
async function filledCart({ random, self }: Trader, { stalls }: Market, lines: { variantId: string; quantity: number }[]): Promise<any> {
  const { cart } = await addToCart(self, lines);
  const merchantIds: string[] = cart.groups.map(({ merchant }: any) => merchant.id);
  const ready = await chooseDelivery(self, merchantIds);
  const codes = stalls.filter(({ seller }) => merchantIds.includes(seller.merchantId)).flatMap(({ coupons }) => coupons);
  if (codes.length === 0 || !random.chance(0.3)) return ready;
  return applyCoupon(self, random.pick(codes)).catch((error: unknown) => {
    if (error instanceof Refused) return ready;
    throw error;
  });
}

export async function buy(trader: Trader, market: Market): Promise<void> {
  const { self } = trader;
  await browse(trader, market);
  try {
    await purchase(trader, market, await filledCart(trader, market, wishList(trader, market)));
  } catch (error) {
    // What cannot be bought now must not stand in the way of what can.
    if (error instanceof Refused && (error.code === 'INSUFFICIENT_STOCK' || error.code.startsWith('COUPON'))) await self.must(CLEAR);
    else throw error;
  }
}

/** A guest fills a cart and pays as he is, or signs up and finds it in his account. */
export async function visit(trader: Trader, market: Market): Promise<void> {
  const guest = market.clients.patient(await guestSession(market.clients.graph));
  const asGuest = { ...trader, self: guest };
  const cart = await filledCart(asGuest, market, wishList(trader, market));
  if (trader.random.chance(0.4)) return purchase(asGuest, market, cart, { email: 'guest@example.test' });
  const fresh = await newcomer(market);
  const self: Actor = market.clients.patient(await logIn(market.clients.graph, fresh.email, PASSWORD, guest.token));
  trader.self = self;
  const merged = await until(async () => {
    const own = await self.must(`{ cart { ${CART_FIELDS} } }`);
    return own?.totalQuantity === cart.totalQuantity ? own : null;
  }, 20_000).catch(() => null);
  if (!merged) throw new GaveUp('the merge of a guest cart');
  const ready = await chooseDelivery(
    self,
    merged.groups.map(({ merchant }: any) => merchant.id),
  );
  await purchase(trader, market, ready);
}
