import { decimalsOf } from '#platform/money.ts';

/** Stripe counts in units of its own: hundredths, but for these, whatever the currency's usual decimals are. */
const WHOLE = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const THOUSANDTHS = new Set('BHD JOD KWD OMR TND'.split(' '));

const stripeDecimalsOf = (currency: string): number => (WHOLE.has(currency) ? 0 : THOUSANDTHS.has(currency) ? 3 : 2);

/** Null for what cannot be said in Stripe's units without a remainder. */
export function toStripeAmount(amount: number, currency: string): number | null {
  return shifted(amount, stripeDecimalsOf(currency) - decimalsOf(currency));
}

export function fromStripeAmount(amount: number, currency: string): number | null {
  return shifted(amount, decimalsOf(currency) - stripeDecimalsOf(currency));
}

function shifted(amount: number, places: number): number | null {
  const factor = 10 ** Math.abs(places);
  const moved = places < 0 ? amount / factor : amount * factor;
  return Number.isSafeInteger(moved) ? moved : null;
}
