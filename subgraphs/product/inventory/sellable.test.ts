import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { sellableVariants } from './sellable.ts';

test('an outage is told to those who ask, and leaves no promise behind that would end the process', async () => {
  const away = async () => {
    throw new Error('away');
  };
  const loaders = { levelsByVariant: { load: away }, variant: { load: () => sleep(5).then(away) }, product: { load: away } };
  await expect(sellableVariants({ loaders } as unknown as Context, ['v1', 'v2'])).rejects.toThrow('away');
  // A rejection that nobody handles fails the test run.
  await sleep(20);
});
