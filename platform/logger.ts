import { pino } from 'pino';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

const SECRET: ReadonlySet<string> = new Set([
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'guestToken',
  'clientSecret',
  'authorization',
  'email',
  'phone',
]);
const CENSORED = '[redacted]';

/** One structured logger, JSON lines on standard output; secrets and personal data never leave it. */
export function createLogger(level: string, fields: object = {}): Logger {
  return pino({ level, base: fields, formatters: { bindings: censored, log: censored } });
}

/** Without what is secret in it, or in what it holds. Copied only where there is something to hide: most lines are plain. */
export function censored(fields: object): Record<string, unknown> {
  const given = fields as Record<string, unknown>;
  let copy: Record<string, unknown> | null = null;
  for (const name in given) {
    const value = given[name];
    const shown = SECRET.has(name) ? CENSORED : isPlain(value) && hasSecret(value) ? censored(value) : value;
    if (shown !== value) (copy ??= { ...given })[name] = shown;
  }
  return copy ?? given;
}

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function hasSecret(fields: Record<string, unknown>): boolean {
  for (const name in fields) if (SECRET.has(name)) return true;
  return false;
}
