import { type DocumentNode, type FormattedExecutionResult, GraphQLError } from 'graphql';
import type { Data } from './data.ts';

/** One call of the plan to a subgraph. */
export interface SubgraphCall {
  readonly query: string;
  readonly document?: DocumentNode;
  readonly variables: Readonly<Data>;
  readonly operationName?: string;
}

/** What a subgraph answered. */
export interface Answered extends FormattedExecutionResult {
  /** Whether others have the same objects in their hands, so that nothing may be changed in them. */
  readonly isShared?: boolean;
}

/** Everything that changes while one operation of one client is carried out. */
export interface Run {
  readonly send: (subgraph: string, call: SubgraphCall) => Promise<Answered>;
  /** As the client sent them: each subgraph coerces those it is given. */
  readonly variables: Readonly<Data>;
  readonly root: Data;
  readonly errors: GraphQLError[];
  /** Objects to which a subgraph had nothing to add, because it failed: what they lack is already in `errors`. */
  readonly failed: Set<object>;
  /** Objects that a subgraph answered with null: references to what no longer exists. */
  readonly dead: Set<object>;
}

/** One part of a compiled plan. */
export type Step = (run: Run) => Promise<void>;

/** Whether a variable that @skip or @include asks for is true. */
export function isTrue(coerced: Readonly<Data>, variable: string): boolean {
  const value = Object.hasOwn(coerced, variable) ? coerced[variable] : undefined;
  if (typeof value === 'boolean') return value;
  throw new GraphQLError(`Variable "$${variable}" decides whether a part of the operation runs: it must be true or false.`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
