/** An integer count of a currency's minor unit. The only form in which money is stored, sent or computed. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

const decimalsByCurrency = new Map<string, number>();

/** Decimals of the currency's minor unit: 2 for CNY, 0 for JPY, 3 for KWD (ISO 4217, as the runtime's CLDR has it). */
export function decimalsOf(currency: string): number {
  let decimals = decimalsByCurrency.get(currency);
  if (decimals === undefined) {
    decimals = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    decimalsByCurrency.set(currency, decimals);
  }
  return decimals;
}

/** Refuses what is no safe integer: a rounding error in money is a bug, never a display matter. */
export function minorUnits(amount: number): number {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a whole number of minor units within ±(2^53-1)`);
  return amount === 0 ? 0 : amount;
}

export const money = (amount: number, currency: string): Money => ({ amount: minorUnits(amount), currency });

export const sum = (amounts: readonly number[]): number => minorUnits(amounts.reduce((total, amount) => total + amount, 0));

/** `amount × numerator / denominator`, exact, rounded half up; with integers of any size in between. */
export function scale(amount: number, numerator: number, denominator: number): number {
  const product = BigInt(minorUnits(amount)) * BigInt(minorUnits(numerator));
  const divisor = BigInt(denominator);
  const half = divisor / 2n;
  const rounded = product >= 0n ? (product + half) / divisor : -((-product + half) / divisor);
  return minorUnits(Number(rounded));
}

/**
 * Splits an amount by weights so that the parts sum to it exactly: largest remainder, ties by index.
 * All weights zero: everything falls to the first part.
 */
export function allocate(amount: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  if (amount < 0) return allocate(-amount, weights).map((part) => (part === 0 ? 0 : -part));
  const whole = BigInt(minorUnits(amount));
  const bigWeights = weights.map((weight) => BigInt(minorUnits(weight)));
  const totalWeight = bigWeights.reduce((total, weight) => total + weight, 0n);
  if (totalWeight === 0n) return weights.map((_, index) => (index === 0 ? amount : 0));

  const parts = bigWeights.map((weight) => (whole * weight) / totalWeight);
  const byRemainder = bigWeights
    .map((weight, index) => ({ index, remainder: (whole * weight) % totalWeight }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  let left = Number(whole - parts.reduce((total, part) => total + part, 0n));
  for (const { index } of byRemainder) {
    if (left === 0) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1;
  }
  return parts.map(Number);
}

/** Exact decimal rendering, e.g. `12.90`; never computed with. */
export function decimalOf({ amount, currency }: Money): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(amount);
  const digits = String(Math.abs(amount)).padStart(decimals + 1, '0');
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
