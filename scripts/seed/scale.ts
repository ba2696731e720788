import { parseArgs } from 'node:util';
import { LARGEST_SCALE, SMALLEST_SCALE } from './plan.ts';

/** What was typed cannot be done; the message says what can. */
export class UsageError extends Error {}

const USAGE = 'Usage: npm run seed -- [--scale N]   N from 0.01 to 500; 1 is 2,000 products, and what SEED_SCALE says without it.';

/** The scale that the arguments ask for. */
export function scaleOf(args: readonly string[], usual: number): number {
  const given = valueOf(args);
  if (given === undefined) return usual;
  const scale = given.trim() === '' ? Number.NaN : Number(given);
  if (scale >= SMALLEST_SCALE && scale <= LARGEST_SCALE) return scale;
  throw new UsageError(`--scale must be a number from ${SMALLEST_SCALE} to ${LARGEST_SCALE}, e.g. --scale 0.1; it was "${given}".`);
}

function valueOf(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: { scale: { type: 'string' } }, allowPositionals: false }).values.scale;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}
