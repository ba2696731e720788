import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Asked } from './asked.ts';

/** What of a subgraph's errors reaches clients. */
export interface ErrorSettings {
  readonly messages: boolean;
  readonly extensions: readonly string[];
}

const WITHHELD = 'A part of the graph reports an error.';
/** An address, a file or a stack: what somebody forgot to keep to the inside. */
const INNER =
  /\w:\/\/|\b\d{1,3}(\.\d{1,3}){3}\b|\n\s+at |\b(file|node):|(^|[\s'"(])(\/[\w.@-]+){2,}|[A-Z]:\\|\bE(CONN\w+|NOTFOUND|AI_AGAIN|PIPE|HOSTUNREACH)\b/;
const MEDIA_TYPE = /^application\/(graphql-response\+)?json\s*(;|$)/i;

/** Why an answer is none, for the log. */
export class UnusableAnswerError extends Error {}

/** An answer as the specification has it, whatever the subgraph sent; throws for what cannot be taken for one. */
export function readAnswer(status: number, contentType: unknown, text: string, asked: Asked, settings: ErrorSettings): FormattedExecutionResult {
  if (typeof contentType !== 'string' || !MEDIA_TYPE.test(contentType))
    throw new UnusableAnswerError(`it answered ${status} with the content-type ${String(contentType)}`);
  const { data, errors } = parsed(status, text);
  const isBroken = status >= 500;
  const told = Array.isArray(errors) ? errors.map((error) => readError(error, asked, { ...settings, messages: settings.messages && !isBroken })) : [];
  const isFailure = status < 200 || status >= 300;
  if (isFailure && told.length === 0) throw new UnusableAnswerError(`it answered ${status}`);
  if (isObject(data) && !isWhole(data, asked)) throw new UnusableAnswerError('its answer lacks what was asked for');
  if (isObject(data)) return told.length > 0 ? { data, errors: told } : { data };
  if ((data === null || data === undefined) && told.length > 0) return { data: null, errors: told };
  throw new UnusableAnswerError('its answer holds neither data nor errors');
}

const isWhole = (data: Readonly<Record<string, unknown>>, { keys, entities }: Asked): boolean =>
  keys.every((key) => Object.hasOwn(data, key)) && [...entities].every(([key, count]) => isListOfEntities(data[key], count));

const isListOfEntities = (received: unknown, count: number): boolean => Array.isArray(received) && received.length === count && received.every(isEntity);

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

const isEntity = (value: unknown): boolean => value === null || isObject(value);

/** A path that leads into what was asked for. */
function isPath(path: unknown, { keys, entities }: Asked): path is (string | number)[] {
  if (!Array.isArray(path) || !path.every(isStep)) return false;
  const [root, index] = path;
  const count = entities.get(String(root));
  if (count !== undefined) return index === undefined || (typeof index === 'number' && index < count);
  return keys.length === 0 || keys.includes(String(root));
}

function readError(error: unknown, asked: Asked, settings: ErrorSettings): GraphQLFormattedError {
  const { message, path, extensions } = isObject(error) ? error : {};
  const kept = isObject(extensions)
    ? settings.extensions.filter((name) => Object.hasOwn(extensions, name)).map((name) => [name, extensions[name]] as const)
    : [];
  return {
    message: settings.messages && typeof message === 'string' && message !== '' && !INNER.test(message) ? message : WITHHELD,
    ...(isPath(path, asked) && { path }),
    extensions: Object.fromEntries(kept.filter(([name, value]) => name !== 'code' || typeof value === 'string')),
  };
}
