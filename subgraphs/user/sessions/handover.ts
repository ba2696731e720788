import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '#platform/outbox.ts';
import { transaction } from '#platform/transaction.ts';
import { SubgraphUnavailableError } from '#platform/transport.ts';
import type { Context } from '../context.ts';
import { askGuestHandover } from '../siblings.ts';

/** A log-in waits no longer for the others. */
const PATIENCE_MS = 3_000;

/**
 * The guest's cart and orders become the user's: at once where cart and order-payment answer, else by an event that they
 * hear as soon as they can. Both are repeatable, so an answer that comes too late does no harm.
 */
export async function handOver({ em, siblings, log, wake }: Context, guestSessionId: string, userId: string): Promise<void> {
  const handover = { guestSessionId, userId };
  const reason = await Promise.race([
    askGuestHandover(siblings, handover).then(() => null, unavailable),
    sleep(PATIENCE_MS, 'no answer in time', { ref: false }),
  ]);
  if (reason === null) return;
  log.warn({ guestSessionId, reason }, 'a guest session is handed over by an event');
  await transaction(em, (tx) => publish(tx, { topic: 'guest.signed_in', subjectId: guestSessionId, data: handover }));
  wake();
}

function unavailable(error: unknown): string {
  if (error instanceof SubgraphUnavailableError) return error.message;
  throw error;
}
