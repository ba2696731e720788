import type { StoredEvent } from '#platform/outbox.ts';
import type { Job } from '#platform/jobs.ts';
import type { Context } from './context.ts';
import type { Resolvers } from './schema.generated.ts';

/** What one noun of this subgraph brings: it is the same room as a subgraph, one floor down. */
export interface Noun {
  readonly entities: readonly (abstract new () => object)[];
  readonly resolvers: Resolvers;
  readonly jobs?: Readonly<Record<string, (context: Context, job: Job) => Promise<void>>>;
  /** As of the subgraph: runs once, before the first request. */
  readonly prepare?: (context: Context) => Promise<void>;
  readonly consumes?: Readonly<Record<string, (context: Context, event: StoredEvent) => Promise<void>>>;
}

type Consumers = NonNullable<Noun['consumes']>;

/** Several nouns may hear of the same topic, one after the other; since each is repeatable, one that fails lets all hear again. */
export function joinConsumers(nouns: readonly Noun[]): Consumers {
  const heard = nouns.flatMap(({ consumes }) => Object.entries(consumes ?? {}));
  const byTopic = Map.groupBy(heard, ([topic]) => topic);
  const joined = [...byTopic].map(([topic, consumers]): [string, Consumers[string]] => [
    topic,
    async (context, event) => {
      for (const [, hear] of consumers) await hear(context, event);
    },
  ]);
  return Object.fromEntries(joined);
}
