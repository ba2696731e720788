import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { onWholeLines } from './messages.ts';

test('a line is heard when it is whole, however it comes', async () => {
  const stream = new PassThrough();
  const heard: string[] = [];
  onWholeLines(stream, (line) => heard.push(line));
  for (const part of ['{"a":', '1}\n{"b":2}\n', '{"c":"', 'é'.slice(0, 1), '"}\n{"cut of']) stream.write(part);
  stream.end();
  await new Promise((resolve) => stream.once('end', resolve));
  expect(heard).toEqual(['{"a":1}', '{"b":2}', '{"c":"é"}']);
});
