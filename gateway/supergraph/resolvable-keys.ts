import type { DocumentNode } from 'graphql';
import { argumentText, directivesNamed, isFielded } from './join.ts';

/**
 * Keys by which a subgraph answers come before those by which it only refers. The planner returns to a subgraph through
 * the first key of a type, whether or not the subgraph can be asked by it.
 */
export function resolvableKeysFirst(supergraph: DocumentNode): DocumentNode {
  return {
    ...supergraph,
    definitions: supergraph.definitions.map((node) => {
      if (!isFielded(node)) return node;
      const keys = directivesNamed(node, 'join__type');
      const rest = node.directives?.filter((one) => !keys.includes(one)) ?? [];
      const isReference = (key: (typeof keys)[number]) => argumentText(key, 'resolvable') === 'false';
      return { ...node, directives: [...keys.filter((key) => !isReference(key)), ...keys.filter(isReference), ...rest] };
    }),
  };
}
