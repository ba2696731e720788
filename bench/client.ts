import { Pool } from 'undici';

export interface Answer {
  readonly data: any;
  readonly errors?: readonly { message: string }[];
  readonly extensions?: { readonly cost?: unknown };
}

/** A client of the graph over kept-alive connections; an answer with errors is a failed measurement. */
export function graphClient(url: string, connections: number) {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const post = async (query: string, variables: object, token?: string): Promise<Answer> => {
    const { body } = await pool.request({
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return (await body.json()) as Answer;
  };
  return {
    post,
    /** The one root field, or an error that says what was wrong. */
    must: async (query: string, variables: object = {}, token?: string): Promise<any> => {
      const { data, errors } = await post(query, variables, token);
      if (errors?.length) throw new Error(errors.map(({ message }) => message).join('; '));
      const [root] = Object.values<any>(data);
      if (root?.userErrors?.length) throw new Error(JSON.stringify(root.userErrors));
      return root;
    },
    close: () => pool.close(),
  };
}

export type GraphClient = ReturnType<typeof graphClient>;

export interface Load {
  readonly count: number;
  readonly seconds: number;
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[];
}

/** A closed loop: each client asks again when it has its answer, until the time is over. */
export async function closedLoop(clients: number, seconds: number, work: (client: number) => Promise<void>): Promise<Load> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() < end) {
        const before = performance.now();
        await work(client);
        latencies.push(performance.now() - before);
      }
    }),
  );
  return { count: latencies.length, seconds: (performance.now() - startedAt) / 1000, latencies: latencies.sort((a, b) => a - b) };
}

export const percentile = ({ latencies }: Load, share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
