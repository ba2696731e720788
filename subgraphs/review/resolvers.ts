import type { Noun } from './noun.ts';
import type { Resolvers } from './schema.generated.ts';

/** One resolver map of all nouns: each may add fields to `Query`, `Mutation` and to any type. */
export function joinResolvers(nouns: readonly Noun[]): Resolvers {
  const joined: Record<string, object> = {};
  for (const { resolvers } of nouns) {
    for (const [type, fields] of Object.entries(resolvers)) joined[type] = { ...joined[type], ...fields };
  }
  return joined;
}
