import type { FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Logger } from '#platform/logger.ts';
import type { Executed } from './execution/executor.ts';

/** What leaves the house of errors: code and sentence, path, request id; no inner names. */
export function presentErrors({ data, errors = [] }: Executed, requestId: string, log: Logger): FormattedExecutionResult {
  const shown = errors.map((error) => present(error, requestId, log));
  return { ...(data !== undefined && { data }), ...(shown.length > 0 && { errors: shown }) };
}

function present(error: GraphQLError, requestId: string, log: Logger): GraphQLFormattedError {
  const { serviceName: _serviceName, stacktrace: _stacktrace, exception: _exception, ...extensions } = error.extensions;
  if (error.originalError && extensions['retryable'] === true) log.error({ requestId, error: error.originalError.message }, 'a subgraph could not be asked');
  return { message: error.message, ...(error.path && { path: error.path }), extensions: { code: 'BAD_USER_INPUT', ...extensions, requestId } };
}
