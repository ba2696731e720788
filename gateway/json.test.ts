import { describe, expect, test } from 'vitest';
import { parseJson } from './json.ts';

describe('JSON that means one thing to everybody', () => {
  test.each([
    ['{"a":{"a":1},"b":[{"a":1},{"a":2}]}'],
    ['{"a\\"b":1,"a":"a: \\"a\\"","c":["a","a","a"]}'],
    ['{"":1}'],
    ['"text"'],
    ['[]'],
    ['{ "query" : "{ a(b: \\"c\\\\\\\\\\") }" , "variables" : null }'],
  ])('%s', (text) => expect(parseJson(text, 'The body')).toEqual(JSON.parse(text)));

  test.each([
    ['{"query":"a","query":"b"}', /The body holds the name "query" twice in one object/],
    ['{"query":"a","\\u0071uery":"b"}', /"query" twice/],
    ['{"variables":{"a":1, "b":2, "a" : 3}}', /"a" twice/],
    ['[{"a":[{"b":1,"b":1}]}]', /"b" twice/],
    ['{"variables":{"__proto__":{"isAdmin":true}}}', /may not hold "__proto__"/],
    ['{"variables":{"\\u005f_proto__":1}}', /may not hold "__proto__"/],
    [`${'['.repeat(101)}`, /nested more than 100 levels/],
    [`${'{"a":'.repeat(50_000)}`, /nested more than 100 levels/],
    ['{"a":1', /is not JSON/],
    ['{"a"', /is not JSON/],
    ['"', /is not JSON/],
    ['{"\\', /is not JSON/],
    ['', /is not JSON/],
    ['{"\\u00zz":1}', /is not JSON/],
  ])('not %s', (text, sentence) => expect(() => parseJson(text, 'The body')).toThrow(sentence));

  test('backslashes and quotes without end take no time', () => {
    const startedAt = performance.now();
    for (const text of [`{"a":"${'\\\\'.repeat(2_000_000)}"}`, `{"a":"${'\\"'.repeat(2_000_000)}"}`, `{${'"'.repeat(2_000_000)}`]) {
      try {
        parseJson(text, 'The body');
      } catch (error) {
        expect(String(error)).toMatch(/not JSON|twice/);
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
