import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError } from './errors.ts';
import type { Logger } from './logger.ts';
import { isOutage } from './transaction.ts';
import { SubgraphUnavailableError } from './transport.ts';

/** What a client may see of an error: a misuse as it is; a bug or an outage as a request id, and the rest in the log. */
export function formatError(error: GraphQLError, requestId: string, log: Logger): GraphQLFormattedError {
  const { originalError } = error;
  const place = { ...(error.path && { path: error.path }), ...(error.locations && { locations: error.locations }) };
  if (originalError instanceof DomainError) {
    return { message: originalError.message, ...place, extensions: { code: originalError.code, ...originalError.extensions, requestId } };
  }
  const isCallersFault = originalError === undefined || originalError === null || originalError instanceof GraphQLError;
  if (isCallersFault) {
    return { message: error.message, ...place, extensions: { code: error.extensions['code'] ?? 'BAD_USER_INPUT', requestId } };
  }
  log.error({ requestId, path: error.path?.join('.'), error: originalError.stack ?? String(originalError) }, 'a resolver failed');
  if (originalError instanceof SubgraphUnavailableError || isOutage(originalError)) {
    return { message: 'A part of the shop does not answer at the moment; please retry.', ...place, extensions: { code: 'SERVICE_UNAVAILABLE', requestId } };
  }
  return {
    message: `Something failed on our side. Please retry; if it persists, report request ${requestId}.`,
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  };
}
