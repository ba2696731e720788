import type { Recorded } from '../record.ts';

/** What the floor is to do. */
export interface Work {
  /** Step → commands; the steps of one round share what they make new. */
  readonly steps: readonly (readonly Recorded[])[];
  /** Per client: recorded id → the one that this client puts in its place. */
  readonly substitutions: readonly Readonly<Record<string, string>>[];
  readonly lasting: readonly string[];
  readonly isWriting: boolean;
  /** Put before the names of the recorded databases. */
  readonly prefix: string;
}
