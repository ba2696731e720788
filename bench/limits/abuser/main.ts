import { once } from 'node:events';
import { ABUSES } from '../abuses.ts';

/** Three at once, one abuse after the other, until it is told that it is enough; then it says how many were refused. */
const [, , url = '', only = ''] = process.argv;
const chosen = ABUSES.filter(({ name }) => name.includes(only));
let salt = Date.now() % 1_000_000;
let isOver = false;
let refused = 0;

const enough = once(process, 'message').then(() => {
  isOver = true;
});
process.send?.('ready');
await Promise.all(
  Array.from({ length: 3 }, async (_, abuser) => {
    for (let turn = abuser; !isOver; turn++) {
      const answer = await chosen[turn % chosen.length]?.send(url, salt++);
      if (answer && answer.status >= 400) refused += 1;
    }
  }),
);
await enough;
process.send?.(refused);
process.disconnect();
