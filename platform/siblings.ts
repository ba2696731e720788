import type { Credential } from './internal-auth.ts';
import { SubgraphUnavailableError, type Transport } from './transport.ts';

/** The other subgraphs, asked on behalf of the current caller with this subgraph's own credential. */
export interface Siblings {
  /**
   * Asks one operation; answers its data. Any error of the sibling, or its absence, is a SubgraphUnavailableError:
   * expected failures are data.
   */
  ask<T>(subgraph: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<T>;
}

export const siblingsOf = (transport: Transport, caller: string, { identity, context }: Pick<Credential, 'identity' | 'context'>): Siblings => ({
  ask: async <T>(subgraph: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<T> => {
    const { data, errors } = await transport.send(subgraph, { query, variables, identity, context, caller });
    if (errors?.length || !data) throw new SubgraphUnavailableError(subgraph, errors?.map((error) => error.message).join('; ') ?? 'no data');
    return data as T;
  },
});
