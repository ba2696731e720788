import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { configurationSchema } from './settings.ts';

const folder = mkdtempSync(`${tmpdir()}/configuration-`);
afterAll(() => rmSync(folder, { recursive: true }));

const read = (content: unknown) => {
  writeFileSync(`${folder}/c.json`, JSON.stringify(content));
  return readConfiguration(`${folder}/c.json`);
};

describe('each error names its place and what would be right', () => {
  test.each<[unknown, string]>([
    [{ defaults: { timeoutMs: '3s' } }, 'defaults.timeoutMs: Invalid input: expected number, received string'],
    [{ defaults: { retries: 9 } }, 'defaults.retries: Too big: expected number to be <=5'],
    [{ subgraphs: { a: { url: 'localhost:1' } } }, 'subgraphs.a.url: must be an address such as http://127.0.0.1:4001/graphql'],
    [
      { subgraphs: { a: { timeout: 5 } } },
      'subgraphs.a: knows nothing of timeout; there are url, timeoutMs, retries, maxResponseBytes, connections, requestHeaders, responseHeaders',
    ],
    [
      { defaults: { requestHeaders: [{ action: 'copy', name: 'x' }] } },
      'defaults.requestHeaders.0.action: "action" must be one of forward, set, setFromEnvironment, setFromClaim, remove',
    ],
    [
      { defaults: { requestHeaders: [{ action: 'forward', name: 'Host' }] } },
      'defaults.requestHeaders.0.name: belongs to the connection or the body, and is not to be changed',
    ],
    [
      { defaults: { requestHeaders: [{ action: 'set', name: 'x', value: 'a\nb' }] } },
      'defaults.requestHeaders.0.value: must be a text that a header can carry',
    ],
    [{ cors: { credentials: true } }, 'cors.credentials: needs the origins to be named in "origins"'],
    [{ jwt: { keys: { from: 'there' } } }, 'jwt.keys.from: "from" must be one of url, file, here'],
    [{ executor: 'fast' }, 'executor: Invalid option: expected one of "own"|"stock"'],
    [[], 'the file: Invalid input: expected object, received array'],
  ])('%j', (content, problem) => expect(() => read(content)).toThrow(`  - ${problem}`));

  test('all of them at once', () => {
    const problems = () => read({ executor: 1, unauthorized: 2, limits: { depth: 0 }, nonsense: 3 });
    expect(problems).toThrow(/executor: .*\n.*limits\.depth: .*|limits\.depth: .*\n.*executor: /);
    expect(problems).toThrow(/unauthorized: /);
    expect(problems).toThrow(/the file: knows nothing of nonsense/);
  });
});

test('an empty file, none, and the example of the documentation are right', () => {
  expect(read({})).toEqual(readConfiguration(null));
  const [, example = ''] = /```json\n([^]*?)```/.exec(readFileSync(`${import.meta.dirname}/../../docs/gateway.md`, 'utf8')) ?? [];
  expect(read(JSON.parse(example)).subgraphs['reviews']).toMatchObject({ timeoutMs: 500, requestHeaders: [{ action: 'remove', name: 'authorization' }, {}] });
});

test('every setting is described for editors', () => {
  const { properties } = JSON.parse(configurationSchema());
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(readConfiguration(null))));
});
