import { request } from 'undici';
import type { Company, NotifyTask } from './company.ts';
import { sign } from './signature.ts';

const TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

/** Sends one notification; answers when to try again, or null once it was taken. */
export async function deliver(company: Company, reference: string, task: NotifyTask, cutOff: AbortSignal): Promise<Date | null> {
  const refusal = await send(company, task, AbortSignal.any([cutOff, AbortSignal.timeout(TIMEOUT_MS)]));
  if (refusal === null) {
    await company.payments.updateOne({ _id: reference }, { $pull: { tasks: { id: task.id } } });
    return null;
  }
  const dueAt = new Date(company.now().getTime() + Math.min(FIRST_RETRY_MS * 2 ** task.attempts, LAST_RETRY_MS));
  await company.payments.updateOne(
    { _id: reference, 'tasks.id': task.id },
    { $set: { 'tasks.$.dueAt': dueAt, 'tasks.$.attempts': task.attempts + 1, 'tasks.$.lastFailure': refusal } },
  );
  return dueAt;
}

/** Why it was not taken, for the record of the task; null if it was. */
async function send({ secret, now }: Company, { url, body }: NotifyTask, signal: AbortSignal): Promise<string | null> {
  const headers = { 'content-type': 'application/json', 'sandbox-signature': sign(secret, now(), body) };
  try {
    const answer = await request(url, { method: 'POST', headers, body, signal });
    await answer.body.dump();
    return answer.statusCode >= 200 && answer.statusCode < 300 ? null : `answered with ${answer.statusCode}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
