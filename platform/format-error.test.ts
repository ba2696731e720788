import { GraphQLError } from 'graphql';
import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { expect, test } from 'vitest';
import { DomainError } from './errors.ts';
import { formatError } from './format-error.ts';
import { createLogger } from './logger.ts';
import { SubgraphUnavailableError } from './transport.ts';

const log = createLogger('silent');
const codeOf = (originalError: Error): unknown => formatError(new GraphQLError(originalError.message, { originalError }), 'req_1', log).extensions?.['code'];

test.each<[string, Error, string]>([
  ['a misuse', new DomainError('FORBIDDEN', 'Not yours.'), 'FORBIDDEN'],
  ['a sibling that is away', new SubgraphUnavailableError('cart', 'it is not running'), 'SERVICE_UNAVAILABLE'],
  ['a database without a primary', new MongoServerSelectionError('no primary', Object.assign(Object.create(null), {})), 'SERVICE_UNAVAILABLE'],
  ['a connection that broke', new MongoNetworkError('closed'), 'SERVICE_UNAVAILABLE'],
  ['a primary that steps down', new MongoServerError({ message: 'not primary', code: 10107 }), 'SERVICE_UNAVAILABLE'],
  ['the same, as a mapper wraps it', new Error('wrapped', { cause: new MongoNetworkError('closed') }), 'SERVICE_UNAVAILABLE'],
  ['a broken index', new MongoServerError({ message: 'duplicate', code: 11_000 }), 'INTERNAL_SERVER_ERROR'],
  ['a bug', new TypeError('x is undefined'), 'INTERNAL_SERVER_ERROR'],
])('%s', (_what, error, code) => {
  expect(codeOf(error)).toBe(code);
});
