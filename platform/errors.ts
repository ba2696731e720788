/** A sentence in both languages of the shop; the caller's locale picks one on the way out. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'RATE_LIMITED'
  | 'COST_LIMIT_EXCEEDED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

/** A misuse or an outage that the caller may know of: becomes a top-level GraphQL error with this code and sentence. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, sentence: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(sentence);
    this.name = 'DomainError';
    this.code = code;
    this.extensions = extensions;
  }
}

/** What every expected failure of a mutation has; the concrete type is named by `__typename`. */
export interface UserErrorData {
  readonly __typename: string;
  readonly code: string;
  readonly message: Text;
  readonly path: readonly string[] | null;
}

type Path = readonly (string | number)[];

/** Any expected failure: `userError('InsufficientStockError', 'INSUFFICIENT_STOCK', path, text, { variantId, … })`. */
export function userError<T extends string, F extends object = object>(type: T, code: string, path: Path | null, message: Text, fields?: F) {
  return { __typename: type, code, message, path: path?.map(String) ?? null, ...fields } as {
    __typename: T;
    code: string;
    message: Text;
    path: string[] | null;
  } & F;
}

/** An argument that is not acceptable; `path` leads to it from the field's arguments. */
export const validationError = (path: Path, message: Text, code = 'INVALID') => userError('ValidationError', code, path, message);

/** Null for a text of the given length, counted in characters without the blanks around; a missing text has none. */
export function lengthError(path: Path, text: string | null | undefined, { min = 0, max }: { min?: number; max: number }) {
  const length = [...(text?.trim() ?? '')].length;
  if (length >= min && length <= max) return null;
  const name = path.at(-1);
  return validationError(path, { en: `"${name}" must have ${min} to ${max} characters.`, zh: `“${name}”须为 ${min} 至 ${max} 个字符。` });
}

/** Missing or not the caller's: both read alike, so that ids cannot be probed. */
export const notFoundError = (path: Path, what: Text) =>
  userError('NotFoundError', 'NOT_FOUND', path, { en: `${what.en} was not found.`, zh: `未找到${what.zh}。` });

/** `message` where what was expected is not the version itself. */
export const versionConflictError = (path: Path, currentVersion: number, message?: Text) =>
  userError(
    'VersionConflictError',
    'VERSION_CONFLICT',
    path,
    message ?? {
      en: `This was changed meanwhile and is now at version ${currentVersion}; read it again and retry.`,
      zh: `数据已被更改，当前版本为 ${currentVersion}，请重新读取后再试。`,
    },
    { currentVersion },
  );

export const invalidStateError = (path: Path, currentState: string, allowedStates: readonly string[]) =>
  userError(
    'InvalidStateError',
    'INVALID_STATE',
    path,
    {
      en: `Not possible while ${currentState}; it must be ${allowedStates.join(' or ') || 'in another state'}.`,
      zh: `当前状态 ${currentState} 不允许此操作，须为 ${allowedStates.join(' 或 ') || '其他状态'}。`,
    },
    { currentState, allowedStates: [...allowedStates] },
  );

export const idempotencyMismatchError = (firstSeenAt: Date) =>
  userError(
    'IdempotencyConflictError',
    'IDEMPOTENCY_PARAMETER_MISMATCH',
    ['input', 'idempotencyKey'],
    { en: 'This idempotency key was used with other arguments; use a new key for a new request.', zh: '此幂等键已用于其他参数，请为新的请求使用新的键。' },
    { firstSeenAt, retryAfterSeconds: null as number | null },
  );

export const idempotencyInProgressError = (firstSeenAt: Date) =>
  userError(
    'IdempotencyConflictError',
    'IDEMPOTENCY_IN_PROGRESS',
    ['input', 'idempotencyKey'],
    { en: 'The first request with this key is still running; ask again in a moment.', zh: '使用此幂等键的首个请求仍在处理，请稍后再试。' },
    { firstSeenAt, retryAfterSeconds: 1 as number | null },
  );
