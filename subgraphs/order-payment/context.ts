import type { RequestScope } from '#platform/subgraph.ts';
import { createLoaders as fulfilmentLoaders } from './fulfilment/loaders.ts';
import { createLoaders as invoiceLoaders } from './invoices/loaders.ts';
import { createLoaders as orderLoaders } from './orders/loaders.ts';
import { createLoaders as paymentLoaders } from './payments/loaders.ts';
import { createLoaders as refundLoaders } from './refunds/loaders.ts';
import { createLoaders as settlementLoaders } from './settlement/loaders.ts';
import { createLoaders as statisticsLoaders } from './statistics/loaders.ts';

export function createContext(scope: RequestScope) {
  const { em } = scope;
  return {
    ...scope,
    loaders: {
      ...orderLoaders(em),
      ...paymentLoaders(em),
      ...fulfilmentLoaders(em),
      ...refundLoaders(em, scope.siblings),
      ...invoiceLoaders(em),
      ...settlementLoaders(em),
      ...statisticsLoaders(em),
    },
  };
}

export type Context = ReturnType<typeof createContext>;
