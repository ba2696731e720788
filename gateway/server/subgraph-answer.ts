import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';

/** What of a subgraph's errors reaches clients. */
export interface ErrorSettings {
  readonly messages: boolean;
  readonly extensions: readonly string[];
}

const WITHHELD = 'A part of the graph reports an error.';
const MEDIA_TYPE = /^application\/(graphql-response\+)?json\s*(;|$)/i;

/** Why an answer is none, for the log. */
export class UnusableAnswerError extends Error {}

/** An answer as the specification has it, whatever the subgraph sent; throws for what cannot be taken for one. */
export function readAnswer(status: number, contentType: unknown, text: string, settings: ErrorSettings): FormattedExecutionResult {
  if (typeof contentType !== 'string' || !MEDIA_TYPE.test(contentType))
    throw new UnusableAnswerError(`it answered ${status} with the content-type ${String(contentType)}`);
  const { data, errors } = parsed(status, text);
  const told = Array.isArray(errors) ? errors.map((error) => readError(error, settings)) : [];
  const isFailure = status < 200 || status >= 300;
  if (isFailure && told.length === 0) throw new UnusableAnswerError(`it answered ${status}`);
  if (isObject(data)) return told.length > 0 ? { data, errors: told } : { data };
  if ((data === null || data === undefined) && told.length > 0) return { data: null, errors: told };
  throw new UnusableAnswerError('its answer holds neither data nor errors');
}

function parsed(status: number, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw new UnusableAnswerError(`it answered ${status} and no JSON`, { cause: error });
  }
  throw new UnusableAnswerError(`it answered ${status} and no object`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isStep = (step: unknown): step is string | number => typeof step === 'string' || (typeof step === 'number' && Number.isInteger(step) && step >= 0);

function readError(error: unknown, settings: ErrorSettings): GraphQLFormattedError {
  const { message, path, extensions } = isObject(error) ? error : {};
  const kept = isObject(extensions)
    ? settings.extensions.filter((name) => Object.hasOwn(extensions, name)).map((name) => [name, extensions[name]] as const)
    : [];
  return {
    message: settings.messages && typeof message === 'string' && message !== '' ? message : WITHHELD,
    ...(Array.isArray(path) && path.every(isStep) && { path }),
    extensions: Object.fromEntries(kept.filter(([name, value]) => name !== 'code' || typeof value === 'string')),
  };
}
