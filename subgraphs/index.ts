import type { Subgraph } from '#platform/subgraph.ts';
import { cart } from './cart/index.ts';
import { orderPayment } from './order-payment/index.ts';
import { product } from './product/index.ts';
import { review } from './review/index.ts';
import { user } from './user/index.ts';

/** The five subgraphs; who starts, composes or tests them reads this list. */
export const subgraphs: readonly Subgraph[] = [user, product, cart, orderPayment, review];

/** Topic → the subgraphs that hear of it. */
export function subscribersOf(modules: readonly Pick<Subgraph, 'name' | 'consumes'>[] = subgraphs): Record<string, string[]> {
  const subscribers: Record<string, string[]> = {};
  for (const { name, consumes } of modules) for (const topic of Object.keys(consumes ?? {})) (subscribers[topic] ??= []).push(name);
  return subscribers;
}
