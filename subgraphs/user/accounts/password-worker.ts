import { parentPort } from 'node:worker_threads';
import bcrypt from 'bcryptjs';
import type { PasswordAnswer, PasswordTask } from './passwords.ts';

/** Runs bcrypt off the main thread: one hash of cost 12 takes as long as hundreds of requests. */
parentPort?.on('message', ({ id, password, cost, hash }: PasswordTask) => {
  const answer: PasswordAnswer = { id, result: hash === null ? bcrypt.hashSync(password, cost) : bcrypt.compareSync(password, hash) };
  parentPort?.postMessage(answer);
});
