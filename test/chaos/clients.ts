import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../actors.ts';
import { type Answered, post, type TestGraph } from '../graph.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from '../random.ts';
import type { Tally } from './tally.ts';

/** The shop said no, and why: whoever trades goes on with something else. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, operation: string) {
    super(`${operation} was refused: ${code}`);
    this.code = code;
  }
}

/** Nobody answered for as long as one is willing to wait. */
export class GaveUp extends Error {}

/** Errors that a client may ask again about. */
const OUTAGES = new Set(['SERVICE_UNAVAILABLE', 'PAYMENT_PROVIDER_UNAVAILABLE', 'IDEMPOTENCY_IN_PROGRESS']);
/** So does one who is told that something failed. */
const AGAIN = new Set([...OUTAGES, 'INTERNAL_SERVER_ERROR']);
const ANSWER_WITHIN_MS = 45_000;
const PATIENCE_MS = 40_000;
/** Some do not ask again when nobody answers: what they began is left as it is. */
const IMPATIENT = 0.1;

const operationOf = (query: string): string => /^[^{]*\{\s*(\w+)/.exec(query)?.[1] ?? 'query';

export interface Clients {
  /** The same actor, who counts what he is answered, keeps what he was promised, and asks again under the same key while nobody answers. */
  patient<T extends Actor>(actor: T): T;
  /** The shop as somebody sees it who has no token yet. */
  readonly graph: TestGraph;
}

interface World {
  readonly url: string;
  readonly tally: Tally;
  readonly ledger: Ledger;
  readonly random: Random;
}

export function openClients({ url, tally, ledger, random }: World): Clients {
  async function askOnce(query: string, variables: object, token?: string): Promise<Answered> {
    const operation = operationOf(query);
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      const answer = await post(url, query, variables, { token, signal });
      const codes = (answer.errors ?? []).map(({ extensions }) => String(extensions['code']));
      const failed = codes.find((code) => !OUTAGES.has(code));
      if (failed) tally.note(operation, 'failed', failed, JSON.stringify(answer.errors));
      else if (codes.length > 0) tally.note(operation, 'outage');
      else noteRoot(operation, answer, variables);
      return answer;
    } catch (error) {
      const isSilence = signal.aborted;
      tally.note(operation, isSilence ? 'failed' : 'outage', isSilence ? `no answer within ${ANSWER_WITHIN_MS / 1000} s` : '');
      throw error;
    }
  }

  function noteRoot(operation: string, { data }: Answered, variables: object): void {
    const root = Object.values<any>(data)[0];
    const code: string | undefined = root?.userErrors?.[0]?.code;
    if (code === undefined) {
      tally.note(operation, 'ok');
      ledger.note(operation, root, variables);
    } else tally.note(operation, OUTAGES.has(code) ? 'outage' : 'refused', code);
  }

  async function insist(query: string, variables: object, token?: string): Promise<any> {
    const isImpatient = random.chance(IMPATIENT);
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(random.between(100, 700))) {
      const answer = await askOnce(query, variables, token).catch(() => null);
      const misuse = answer?.errors?.find(({ extensions }) => !AGAIN.has(String(extensions['code'])));
      if (misuse) throw new Error(`${operationOf(query)}: ${misuse.message}`);
      if (answer && !answer.errors?.length) {
        const root = Object.values<any>(answer.data)[0];
        const code: string | undefined = root?.userErrors?.[0]?.code;
        if (code === undefined) return root;
        if (!OUTAGES.has(code)) throw new Refused(code, operationOf(query));
      }
      if (isImpatient) break;
    }
    throw new GaveUp(operationOf(query));
  }

  const patient = <T extends Actor>(actor: T): T => ({
    ...actor,
    ask: (query: string, variables: object = {}) => askOnce(query, variables, actor.token),
    must: (query: string, variables: object = {}) => insist(query, variables, actor.token),
  });
  const query: TestGraph['query'] = async (text, variables = {}, { token } = {}) => ({
    status: 200,
    data: { root: await insist(text, variables, token) },
  });
  return { patient, graph: { url, databasePrefix: '', query } as TestGraph };
}
