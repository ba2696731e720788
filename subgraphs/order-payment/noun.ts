import type { StoredEvent } from '#platform/outbox.ts';
import type { Job } from '#platform/jobs.ts';
import type { Context } from './context.ts';
import type { Resolvers } from './schema.generated.ts';

/** What one noun of this subgraph brings: it is the same room as a subgraph, one floor down. */
export interface Noun {
  readonly entities: readonly (abstract new () => object)[];
  readonly resolvers: Resolvers;
  readonly jobs?: Readonly<Record<string, (context: Context, job: Job) => Promise<void>>>;
  readonly consumes?: Readonly<Record<string, (context: Context, event: StoredEvent) => Promise<void>>>;
}
