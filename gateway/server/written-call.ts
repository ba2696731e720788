import type { DocumentNode } from 'graphql';
import type { SubgraphCall } from '../execution/executor.ts';

/** The body of a call, as far as it is the same for all variables: these go between head and tail. */
interface WrittenCall {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly head: string;
  readonly tail: string;
  readonly isMutation: boolean;
}

const known = new WeakMap<DocumentNode, WrittenCall>();

/** Written once for each document of a plan. */
export function writtenFor({ query, document, operationName }: SubgraphCall): WrittenCall {
  const before = document && known.get(document);
  if (before && before.query === query && before.operationName === operationName) return before;
  const written: WrittenCall = {
    query,
    operationName,
    head: `{"query":${JSON.stringify(query)},"variables":`,
    tail: operationName === undefined ? '}' : `,"operationName":${JSON.stringify(operationName)}}`,
    isMutation: /^\s*mutation\b/.test(query),
  };
  if (document) known.set(document, written);
  return written;
}
