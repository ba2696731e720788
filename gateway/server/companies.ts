import type { Executed, Executor, ExecutorOptions } from '../execution/executor.ts';
import type { Company, ServerCaller } from './caller.ts';
import type { IsOverridden } from './overrides.ts';
import { type ResponseHeaders, responseHeaders } from './response-headers.ts';
import { createSharing, type Start } from './sharing.ts';

type ExecutorOf = (options: ExecutorOptions<ServerCaller>) => Executor<ServerCaller>;

export interface Companies {
  /** The executor, for requests that go together. */
  readonly executorOf: (executorOf: ExecutorOf) => ExecutorOf;
  /** From now on nobody joins what was begun before: it may not know yet of what was just written. */
  forget(): void;
}

interface Outcome {
  readonly executed: Executed;
  readonly headers: ResponseHeaders;
  readonly company: Company;
}

/**
 * Where identical calls are shared, requests with the same operation, of the same caller, that come before the first call
 * is answered would share all of their calls, and each make the same of the answers: one does it for all of them. Whoever
 * comes later begins anew, so that nobody is told what was read before the request.
 * `headers` are those of a client on which calls may depend, `labels` those of all overrides: requests that send others,
 * or follow others, do not go together.
 */
export function createCompanies(headers: readonly string[], labels: readonly string[], isOverridden: IsOverridden): Companies {
  const sharing = createSharing<Outcome>();
  const isOwn = (outcome: PromiseSettledResult<Outcome>) => outcome.status === 'rejected' || outcome.value.company.isForFirst;

  return {
    executorOf: (executorOf) => (options) => {
      const executor = executorOf({
        ...options,
        send: async (subgraph, call, caller) => {
          try {
            return await options.send(subgraph, call, caller);
          } finally {
            caller.company?.close();
          }
        },
      });
      return {
        ...executor,
        execute: async (request, caller) => {
          const { hash, operation, operationName, variables } = request;
          if (operation.operation !== 'query') return executor.execute(request, caller);
          const overrides = labels.filter((label) => isOverridden(label, caller));
          const start: Start<Outcome> = async (gone, close) => {
            const company: Company = { overrides, close, isForFirst: false };
            const gathered = responseHeaders();
            return { executed: await executor.execute(request, { ...caller, gone, responseHeaders: gathered, company }), headers: gathered, company };
          };
          const key = JSON.stringify([caller.principal, hash, operationName, variables, overrides, ...headers.map((name) => caller.headers[name] ?? null)]);
          const { value, isShared } = await sharing.join(key, caller.gone, start, isOwn);
          caller.responseHeaders.take(value.headers);
          return isShared ? { ...value.executed, isShared } : value.executed;
        },
      };
    },
    forget: sharing.forget,
  };
}
