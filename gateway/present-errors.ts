import type { FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Logger } from '#platform/logger.ts';
import type { Executed } from './execution/executor.ts';

type Path = readonly (string | number)[];

/** What leaves the house of errors: code and sentence, path, request id; no inner names. */
export function presentErrors({ data, errors = [] }: Executed, requestId: string, log: Logger): FormattedExecutionResult {
  const shown = new Map<string, GraphQLFormattedError>();
  for (const error of errors) {
    const presented = present(error, visiblePath(data, error.path), requestId, log);
    const { message, path, extensions } = presented;
    const key = JSON.stringify([message, path, extensions?.['code']]);
    if (!shown.has(key)) shown.set(key, presented);
  }
  return { ...(data !== undefined && { data }), ...(shown.size > 0 && { errors: [...shown.values()] }) };
}

function present(error: GraphQLError, path: Path | undefined, requestId: string, log: Logger): GraphQLFormattedError {
  const { serviceName: _serviceName, stacktrace: _stacktrace, exception: _exception, ...extensions } = error.extensions;
  const isUnforeseen = error.originalError !== undefined && error.originalError !== null && extensions['code'] === undefined;
  if (isUnforeseen || (error.originalError && extensions['retryable'] === true))
    log.error({ requestId, error: error.originalError?.message }, isUnforeseen ? 'an answer could not be used' : 'a subgraph could not be asked');
  const message = isUnforeseen ? 'Something failed on our side; please retry.' : error.message;
  const code = isUnforeseen ? 'INTERNAL_SERVER_ERROR' : 'BAD_USER_INPUT';
  return { message, ...(path && path.length > 0 && { path }), extensions: { code, ...extensions, requestId } };
}

/** As far as the client sees where an error stands: what failed may be something that only a plan asks for. */
function visiblePath(data: Executed['data'], path: Path | undefined): Path | undefined {
  let value: unknown = data;
  for (const [index, step] of (path ?? []).entries()) {
    if (typeof value !== 'object' || value === null) return path;
    if (!Object.hasOwn(value, step)) return path?.slice(0, index);
    value = Reflect.get(value, step);
  }
  return path;
}
