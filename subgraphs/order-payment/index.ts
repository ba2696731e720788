import type { Subgraph } from '#platform/subgraph.ts';
import { cancellation } from './cancellation/index.ts';
import { checkout } from './checkout/index.ts';
import { type Context, createContext } from './context.ts';
import { fulfilment } from './fulfilment/index.ts';
import { close, http, httpPrefixes, prepare } from './http.ts';
import { invoices } from './invoices/index.ts';
import { joinConsumers, type Noun } from './noun.ts';
import { orders } from './orders/index.ts';
import { payments } from './payments/index.ts';
import { refunds } from './refunds/index.ts';
import { reordering } from './reordering/index.ts';
import { joinResolvers } from './resolvers.ts';
import { settlement } from './settlement/index.ts';
import { statistics } from './statistics/index.ts';

/** In the order in which they may import each other: each only those before it. */
const nouns: readonly Noun[] = [orders, checkout, payments, fulfilment, refunds, cancellation, invoices, reordering, statistics, settlement];

export const orderPayment = {
  name: 'order-payment',
  directory: import.meta.dirname,
  entities: nouns.flatMap(({ entities }) => entities),
  resolvers: joinResolvers(nouns),
  createContext,
  jobs: Object.assign({}, ...nouns.map(({ jobs }) => jobs)),
  consumes: joinConsumers(nouns),
  httpPrefixes,
  http,
  prepare: async (runtime) => {
    await prepare(runtime);
    for (const noun of nouns) await noun.prepare?.(runtime.systemContext());
  },
  close,
} satisfies Subgraph<Context>;
