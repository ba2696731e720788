import type { EntityManager } from '@mikro-orm/mongodb';
import { notFoundError, type UserErrorData } from '#platform/errors.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import type { Order } from '../orders/sources.ts';
import { RefusedError } from './changes.ts';
import { carryOut, type Granted } from './granting.ts';
import type { RefundRequest } from './sources.ts';

export interface RefundOutcome {
  refundRequest: RefundRequest | null;
  order: Order | null;
  userErrors: UserErrorData[];
}

/** What a transaction did, and what is left to be done after its commit. */
export interface Effect {
  readonly refundId: string | null;
  readonly orderId: string | null;
  readonly userErrors: UserErrorData[];
  readonly granted?: Granted;
}

/** What is kept under the idempotency key. */
type Kept = Omit<Effect, 'granted'>;

export const refused = (problem: UserErrorData, orderId: string | null = null, refundId: string | null = null): Effect => ({
  refundId,
  orderId,
  userErrors: [problem],
});

export const done = ({ id, orderId }: Pick<RefundRequest, 'id' | 'orderId'>, granted?: Granted): Effect => ({
  refundId: id,
  orderId,
  userErrors: [],
  ...(granted && { granted }),
});

export const notFound = (path: readonly string[], what: 'order' | 'refund'): Effect =>
  refused(notFoundError(path, what === 'order' ? { en: 'The order', zh: '订单' } : { en: 'The refund request', zh: '退款申请' }));

/** One transaction, and then what it promised. A refusal that comes up in its middle takes it back. */
export async function carry(context: Context, body: (tx: EntityManager) => Promise<Effect>): Promise<RefundOutcome> {
  return outcomeOf(context, await settle(context, body));
}

/** The same under an idempotency key. */
export async function carryOnce(
  context: Context,
  request: { field: string; key: string; args: unknown },
  body: (tx: EntityManager) => Promise<Effect>,
): Promise<RefundOutcome> {
  const { em, identity } = context;
  const outcome = await idempotent<Kept>({ em, identity, ...request }, (complete) => settle(context, body, complete));
  return 'conflict' in outcome ? { refundRequest: null, order: null, userErrors: [outcome.conflict] } : outcomeOf(context, outcome.result);
}

async function settle(context: Context, body: (tx: EntityManager) => Promise<Effect>, complete?: Complete<Kept>): Promise<Kept> {
  const { granted, ...kept } = await transaction(context.em, async (tx) => {
    const effect = await body(tx);
    const { refundId, orderId, userErrors } = effect;
    await complete?.({ refundId, orderId, userErrors }, tx);
    return effect;
  }).catch((error: unknown): Effect => {
    if (error instanceof RefusedError) return refused(error.problem);
    throw error;
  });
  if (granted) await carryOut(context, granted);
  else context.wake();
  return kept;
}

async function outcomeOf({ loaders }: Context, { refundId, orderId, userErrors }: Kept): Promise<RefundOutcome> {
  return {
    refundRequest: refundId === null ? null : await loaders.refundRequest.load(refundId),
    order: orderId === null ? null : await loaders.order.load(orderId),
    userErrors,
  };
}
