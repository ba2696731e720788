import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createAlarms } from './alarms.ts';

test('alarms ring when it is time for each, unless they are called off', async () => {
  const alarms = createAlarms();
  const rung: string[] = [];
  const set = (name: string, ms: number) => alarms.set(ms, () => rung.push(name));
  set('late', 60);
  const never = set('never', 20);
  set('early', 20);
  alarms.callOff(never);
  await pause(5);
  expect(rung).toEqual([]);
  await pause(40);
  expect(rung).toEqual(['early']);
  await pause(60);
  expect(rung).toEqual(['early', 'late']);
  set('again', 5);
  await pause(20);
  expect(rung).toEqual(['early', 'late', 'again']);
});
