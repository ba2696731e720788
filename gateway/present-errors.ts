import type { FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Logger } from '#platform/logger.ts';

interface Executed {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What leaves the house of errors: code and sentence, path, request id; no inner names. */
export function presentErrors({ data, errors = [], extensions = {} }: Executed, requestId: string, log: Logger): FormattedExecutionResult {
  const { valueCompletion } = extensions;
  // A null that went up to the root without any error: say why there is no data.
  const propagated = data === null && errors.length === 0 && Array.isArray(valueCompletion) ? (valueCompletion as GraphQLFormattedError[]) : [];
  const shown = [...errors.map((error) => present(error, requestId, log)), ...propagated.map((error) => present(error, requestId, log))];
  return { ...(data !== undefined && { data }), ...(shown.length > 0 && { errors: shown }) };
}

function present(error: GraphQLError | GraphQLFormattedError, requestId: string, log: Logger): GraphQLFormattedError {
  const { serviceName: _serviceName, stacktrace: _stacktrace, exception: _exception, ...extensions } = error.extensions ?? {};
  const original = 'originalError' in error ? error.originalError : undefined;
  if (original && extensions['code'] !== undefined && error.extensions?.['retryable']) log.error({ requestId, error: original.message }, 'a subgraph could not be asked');
  const isOurs = typeof extensions['code'] === 'string';
  return {
    message: isOurs ? error.message : codeless(error),
    ...(error.path && { path: error.path }),
    extensions: { code: 'BAD_USER_INPUT', ...extensions, requestId },
  };
}

/** An error without a code comes from Apollo's own check of the variables; its sentence names the variable. */
const codeless = (error: GraphQLError | GraphQLFormattedError): string => error.message;
