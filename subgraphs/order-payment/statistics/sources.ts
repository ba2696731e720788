import type { Period } from './domain.ts';

/** Of whom, and of when: the figures are counted when a field asks for them. */
export interface SalesStatistics {
  /** Null for the whole platform. */
  readonly merchantId: string | null;
  readonly period: Period;
}
