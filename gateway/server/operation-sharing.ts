import type { Answer, Gateway } from '../gateway.ts';
import type { ServerCaller } from './caller.ts';
import { createSharing } from './sharing.ts';

/**
 * Identical queries of one caller at the same time are carried out once. `headers` are those on which answers may
 * depend: callers that send others are not alike.
 */
export function sharingOperations(gateway: Gateway<ServerCaller>, headers: readonly string[]): Gateway<ServerCaller> {
  const sharing = createSharing<Answer>();
  const isOwn = (outcome: PromiseSettledResult<Answer>) => outcome.status === 'rejected' || outcome.value.headers?.['set-cookie'] !== undefined;
  return {
    ...gateway,
    execute: async (operation, caller) => {
      // What may be a mutation is carried out by itself, whatever it turns out to be.
      if (operation.query.includes('mutation')) return gateway.execute(operation, caller).finally(sharing.forget);
      const { query, variables, operationName, isReadOnly } = operation;
      const asked = [caller.principal, query, variables, operationName, isReadOnly, ...headers.map((name) => caller.headers[name] ?? null)];
      const { value: answer } = await sharing.join(JSON.stringify(asked), caller.gone, (gone) => gateway.execute(operation, { ...caller, gone }), isOwn);
      return withRequestId(answer, caller.requestId);
    },
  };
}

/** Errors name the request of whoever reads them. */
function withRequestId(answer: Answer, requestId: string): Answer {
  const { errors } = answer.body;
  if (!errors) return answer;
  return { ...answer, body: { ...answer.body, errors: errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } })) } };
}
