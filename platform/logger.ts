import { pino } from 'pino';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

const REDACTED = ['password', 'token', 'accessToken', 'refreshToken', 'guestToken', 'clientSecret', 'authorization', 'email', 'phone'];

/** One structured logger, JSON lines on standard output; secrets and personal data never leave it. */
export function createLogger(level: string, fields: object = {}): Logger {
  return pino({ level, base: fields, redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' } });
}
