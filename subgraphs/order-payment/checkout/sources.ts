import type { CheckoutOutcome } from './service.ts';

/** What the resolvers of the type start from. */
export type CheckoutPayload = CheckoutOutcome;
