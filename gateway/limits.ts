import { type ASTNode, GraphQLError } from 'graphql';
import { z } from 'zod';
import { limitSettings, limitsOf } from '#platform/limit-settings.ts';

/** What one operation may ask for at most. */
export interface Limits {
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  /** With every fragment counted wherever it is spread: so much is planned. */
  readonly fields: number;
  readonly rootFields: number;
  /** Pairs of fields at one place of the answer, of which validation asks whether they agree. */
  readonly comparisons: number;
  /** Ways in which the planner may have to look for the fields: fields × types that they may belong to × subgraphs. */
  readonly planning: number;
  /** Milliseconds of a processor that the planner may take. */
  readonly planningMs: number;
  /** Megabytes that the planner may take, besides what the supergraph takes. */
  readonly planningMb: number;
  /** What a slicing argument may ask for. */
  readonly pageSize: number;
  /** Values within the variables, however they are nested. */
  readonly values: number;
  /** Fields that must not be tried many times over in one request: logins, secrets. */
  readonly sensitiveFields: number;
}

export const DEFAULT_LIMITS: Limits = limitsOf(z.object(limitSettings).parse({}));

/** What each limit counts, as its setting and its error say it. */
export const LIMIT_NOUNS: Readonly<Record<keyof Limits, string>> = {
  tokens: 'tokens',
  depth: 'nested levels',
  aliases: 'aliases',
  fields: 'fields, its fragments spread',
  rootFields: 'root fields',
  comparisons: 'pairs of fields at the same place of the answer',
  planning: 'ways to be looked for by the planner',
  planningMs: 'milliseconds of planning',
  planningMb: 'megabytes for planning',
  pageSize: 'entries of a list at once',
  values: 'values in its variables',
  sensitiveFields: 'fields such as a login or a secret',
};

/** A refusal that says what the limit is and what was asked. */
export function exceeded(
  limits: Limits,
  limit: keyof Limits,
  asked: number,
  { nodes, atLeast = false }: { nodes?: ASTNode; atLeast?: boolean } = {},
): GraphQLError {
  const amount = atLeast ? `more than ${asked}` : asked;
  return new GraphQLError(`An operation may have at most ${limits[limit]} ${LIMIT_NOUNS[limit]}; this one has ${amount}.`, {
    nodes,
    extensions: { code: 'BAD_USER_INPUT', exceeded: limit, limit: limits[limit], asked },
  });
}
