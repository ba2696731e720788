import { type Actor, addCategory, addCoupon, openShop, publish, type Seller, signUp, staffMember } from '../actors.ts';
import { post, type TestGraph } from '../graph.ts';
import type { Clients } from './clients.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from '../random.ts';
import type { Tally } from './tally.ts';

export interface Stall {
  readonly seller: Seller;
  readonly variants: readonly { readonly id: string; readonly productId: string; readonly sku: string; price: number }[];
  /** Of which there is hardly any. */
  readonly scarceId: string;
  /** Codes of coupons, one of which is soon used up. */
  readonly coupons: readonly string[];
}

/** A paid order that somebody may do something with. */
export interface Sale {
  readonly orderId: string;
  readonly stall: Stall;
  readonly buyer: Actor;
}

export interface Complaint {
  readonly refundId: string;
  readonly sale: Sale;
}

export interface Market {
  readonly clients: Clients;
  readonly tally: Tally;
  readonly ledger: Ledger;
  readonly staff: Actor;
  readonly stalls: readonly Stall[];
  /** Of the last hours; who is done with one takes it out. */
  readonly sales: Sale[];
  readonly complaints: Complaint[];
}

/** One who trades: with a random of his own, as somebody who is a new person now and then. */
export interface Trader {
  readonly random: Random;
  self: Actor;
}

/** Amounts of which the payment company refuses the first refund, takes its time, and pays back at once. */
const PRICES = [1013, 1017, 1990, 2505];
const PLENTY = 100_000;
const FEW = 3;
const FEW_USES = 12;

/** Opens the shops before anything goes wrong. */
export async function openMarket(url: string, clients: Clients, tally: Tally, ledger: Ledger): Promise<Market> {
  const graph = { url, databasePrefix: '', query: (query, variables = {}, ask = {}) => post(url, query, variables, ask) } as TestGraph;
  const staff = await staffMember(graph);
  const categoryId = await addCategory(staff);
  const stalls: Stall[] = [];
  for (const [name, fee] of [
    ['tea', 800],
    ['cups', 0],
    ['cakes', 517],
  ] as const) {
    const seller = await openShop(graph, staff, name, fee);
    const variants = [];
    for (const price of PRICES) {
      const { productId, variantIds } = await publish(seller, categoryId, { title: `Fine ${name}`, prices: [price], stock: PLENTY });
      const [id = ''] = variantIds;
      const { sku } = await seller.must('query ($id: ID!) { productVariant(id: $id) { sku } }', { id });
      variants.push({ id, productId, sku, price });
    }
    const scarce = await publish(seller, categoryId, { title: `Rare ${name}`, prices: [990], stock: FEW });
    const coupons = [await addCoupon(seller), await addCoupon(seller, { usageLimit: FEW_USES, percentBps: 1500 })].map(({ code }) => code);
    stalls.push({ seller: clients.patient(seller), variants, scarceId: scarce.variantIds[0] ?? '', coupons });
  }
  return { clients, tally, ledger, staff: clients.patient(staff), stalls, sales: [], complaints: [] };
}

export const newcomer = async (market: Market): Promise<Actor> => market.clients.patient(await signUp(market.clients.graph, 'trader'));
