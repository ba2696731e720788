import type { Config } from '#platform/config.ts';

/**
 * The steps of a checkout, in their order: the intent is written, the cart is locked, its quote is accepted, the stock is
 * reserved, the uses of its coupons are taken, the orders are written, the cart is closed. `CRASH_AFTER` names one of them.
 */
export type CheckoutStep = 'intent' | 'lock' | 'quote' | 'reserve' | 'coupon' | 'order' | 'complete';

/** Dies as by a power cut after the step that CRASH_AFTER names; only tests set it, and production refuses it. */
export function mayCrashAfter(step: CheckoutStep, { CRASH_AFTER }: Config): void {
  if (CRASH_AFTER === step) process.kill(process.pid, 'SIGKILL');
}
