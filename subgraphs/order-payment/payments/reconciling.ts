import type { EntityManager } from '@mikro-orm/mongodb';
import { invalidStateError, lengthError, notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { idempotent } from '#platform/idempotency.ts';
import { unschedule } from '#platform/jobs.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { userIdOf } from '#platform/identity.ts';
import type { Context } from '../context.ts';
import { readAnomaly } from './anomalies.ts';
import { ANOMALY_JOB } from './arrivals.ts';
import type { AnomalyResolution } from './domain.ts';
import { PaymentAnomaly } from './entities.ts';
import { noteRefunded, releaseHold } from './paying-back.ts';
import type { PaymentAnomaly as AnomalyRow } from './sources.ts';

const LONGEST_NOTE = 2_000;

/** What each word of staff's makes of the money that the payment holds for going back. */
const BY_HAND: Readonly<Partial<Record<AnomalyResolution, (tx: EntityManager, paymentId: string, amount: number) => Promise<void>>>> = {
  MANUALLY_REFUNDED: noteRefunded,
  ACCEPTED: releaseHold,
  WRITTEN_OFF: releaseHold,
};

interface ResolveInput {
  readonly id: string;
  readonly resolution: AnomalyResolution;
  readonly note: string;
  readonly idempotencyKey: string;
}

interface AnomalyOutcome {
  readonly anomaly: AnomalyRow | null;
  readonly userErrors: UserErrorData[];
}

/** Staff's word on odd money: only what the shop does not settle itself, since the two could pay it back twice. */
export async function resolveByHand(context: Context, { idempotencyKey, ...input }: ResolveInput): Promise<AnomalyOutcome> {
  const { em, identity } = context;
  const problem = problemOf(input);
  if (problem) return { anomaly: await readAnomaly(em, input.id), userErrors: [problem] };
  const outcome = await idempotent<UserErrorData[]>({ em, identity, field: 'paymentAnomalyResolve', key: idempotencyKey, args: input }, (complete) =>
    transaction(em, async (tx) => {
      const userErrors = await settle(context, tx, input);
      await complete(userErrors, tx);
      return userErrors;
    }),
  );
  if ('conflict' in outcome) return { anomaly: null, userErrors: [outcome.conflict] };
  return { anomaly: await readAnomaly(em, input.id), userErrors: outcome.result };
}

function problemOf({ resolution, note }: Pick<ResolveInput, 'resolution' | 'note'>): UserErrorData | null {
  const allowed = Object.keys(BY_HAND).join(', ');
  if (!BY_HAND[resolution])
    return validationError(['input', 'resolution'], {
      en: `Must be one of ${allowed}; the shop gives the others itself.`,
      zh: `须为 ${allowed} 之一；其他结果由系统产生。`,
    });
  return lengthError(['input', 'note'], note, { min: 1, max: LONGEST_NOTE });
}

async function settle({ identity }: Context, tx: EntityManager, { id, resolution, note }: Omit<ResolveInput, 'idempotencyKey'>): Promise<UserErrorData[]> {
  const anomaly = await readAnomaly(tx, id);
  if (!anomaly) return [notFoundError(['input', 'id'], { en: 'The anomaly', zh: '该异常款项' })];
  const { paymentId, amount, execution } = anomaly;
  const waitsForPeople = anomaly.resolution === null && (paymentId === null || execution?.status === 'FAILED');
  const { modifiedCount } = waitsForPeople
    ? await rawCollection(tx, PaymentAnomaly).updateOne(
        { _id: id, resolution: null, ...(execution && { 'execution.status': execution.status, 'execution.attempts': execution.attempts }) },
        { $set: { resolution, resolvedAt: new Date(), resolvedBy: userIdOf(identity), note: note.trim() } },
        sessionOf(tx),
      )
    : { modifiedCount: 0 };
  if (modifiedCount === 0) return [invalidStateError(['input', 'id'], anomaly.resolution ?? execution?.status ?? 'NEW', ['UNKNOWN_REFERENCE', 'FAILED'])];
  if (paymentId !== null) await BY_HAND[resolution]?.(tx, paymentId, amount);
  await unschedule(tx, ANOMALY_JOB, id);
  return [];
}
