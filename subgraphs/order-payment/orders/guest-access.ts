import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from '#platform/errors.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { GuestAccessFailures } from './entities.ts';
import { readOrderNumber } from './number.ts';
import type { Order } from './sources.ts';

/**
 * The secret with which a guest reads his order on another device. Derived, so that a repeated checkout answers the same
 * without the secret being stored anywhere; the order keeps its hash, which outlives a change of keys.
 */
export const guestAccessToken = (internalAuthKeys: string, groupId: string): string =>
  createHmac('sha256', internalAuthKeys.slice(internalAuthKeys.indexOf(':') + 1).split(',', 1)[0] ?? '')
    .update(`guest-access:${groupId}`)
    .digest('base64url');

export const guestAccessHash = (token: string): string => createHash('sha256').update(token).digest('base64url');

const WINDOW_MS = 15 * 60 * 1000;
const LIMITS = { number: 10, ip: 30 } as const;

/** The order of which a guest knows number and secret; null when they do not fit together. */
export async function findGuestOrder(context: Context, { number: typed, accessToken }: { number: string; accessToken: string }): Promise<Order | null> {
  const number = readOrderNumber(typed);
  if (number === null) return null;
  const counters = countersOf(number, context.request.ip);
  await refuseIfExhausted(context, counters);
  const order = await context.loaders.orderByNumber.load(number);
  if (order && fits(accessToken, order.guestAccessHash)) return order;
  await countFailure(context, counters);
  return null;
}

interface Counter {
  readonly id: string;
  readonly limit: number;
}

function countersOf(number: string, ip: string | null): Counter[] {
  const byNumber = { id: `number|${number}`, limit: LIMITS.number };
  return ip === null ? [byNumber] : [byNumber, { id: `ip|${ip}`, limit: LIMITS.ip }];
}

async function refuseIfExhausted({ em }: Context, counters: readonly Counter[]): Promise<void> {
  const failures = await findRows(em, GuestAccessFailures, { _id: { $in: counters.map(({ id }) => id) }, expiresAt: { $gt: new Date() } }, [
    'count',
    'expiresAt',
  ]);
  const exhausted = failures.find((row) => row.count >= (counters.find(({ id }) => id === row.id)?.limit ?? 0));
  if (!exhausted) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((exhausted.expiresAt.getTime() - Date.now()) / 1000));
  throw new DomainError('RATE_LIMITED', `Too many wrong attempts; try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
}

/** A window begins with its first failure and starts anew after it has ended. */
async function countFailure({ em }: Context, counters: readonly Counter[]): Promise<void> {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + WINDOW_MS);
  const isOver = { $lte: [{ $ifNull: ['$expiresAt', now] }, now] };
  const next = { $set: { count: { $cond: [isOver, 1, { $add: ['$count', 1] }] }, expiresAt: { $cond: [isOver, expiresAt, '$expiresAt'] } } };
  await rawCollection(em, GuestAccessFailures).bulkWrite(counters.map(({ id }) => ({ updateOne: { filter: { _id: id }, update: [next], upsert: true } })));
}

function fits(token: string, hash: string | null): boolean {
  if (hash === null) return false;
  const given = Buffer.from(guestAccessHash(token));
  const wanted = Buffer.from(hash);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
