import type { Subgraph } from '#platform/subgraph.ts';
import { type Context, createContext } from './context.ts';
import type { Noun } from './noun.ts';
import { purchases } from './purchases/index.ts';
import { ratings } from './ratings/index.ts';
import { joinResolvers } from './resolvers.ts';
import { responses } from './responses/index.ts';
import { reviews } from './reviews/index.ts';

/** In the order in which they may import each other: each only those before it. */
const nouns: readonly Noun[] = [purchases, ratings, reviews, responses];

export const review = {
  name: 'review',
  directory: import.meta.dirname,
  entities: nouns.flatMap(({ entities }) => entities),
  resolvers: joinResolvers(nouns),
  createContext,
  consumes: Object.assign({}, ...nouns.map(({ consumes }) => consumes)),
} satisfies Subgraph<Context>;
