import { expect, test } from 'vitest';
import { scalars } from './scalars.ts';

const CASES: [string, unknown[], unknown[]][] = [
  [
    'DateTime',
    ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.123+08:00'],
    ['2026-01-31', '2026-01-31T09:30:00', 'now', 5, '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-01-31T24:00:00Z'],
  ],
  ['Date', ['2026-02-28'], ['2026-02-30', '26-01-01', '']],
  ['MinorUnits', [0, -5, 9_007_199_254_740_991], [1.5, '100', '1e3', 9_007_199_254_740_992, Number.NaN, null]],
  ['CurrencyCode', ['CNY', 'KWD'], ['cny', 'XXX1', '', 5]],
  ['CountryCode', ['CN', 'US', 'HK', 'XK'], ['cn', 'ZZZ', 'C', '', 'ZZ', 'EU', 'UK', 'YU']],
  ['LocaleCode', ['zh-CN', 'en'], ['not a tag', '']],
  ['TimeZone', ['Asia/Shanghai', 'UTC'], ['Mars/Olympus', '']],
  [
    'EmailAddress',
    ['a@example.test', 'first.last+tag@sub.example.com'],
    ['a@b', 'a b@example.com', '@example.com', `${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(300)}.com`],
  ],
  ['PhoneNumber', ['+8613800138000'], ['13800138000', '+0123456789', '+12']],
  ['URL', ['https://example.com/a', 'http://127.0.0.1:4000/x'], ['http://example.com', 'javascript:alert(1)', '/relative', 'https://']],
  ['IdempotencyKey', ['0123456789abcdef', 'a'.repeat(128)], ['short', 'a'.repeat(129), 'with space 0123456']],
];

test.each(
  CASES.flatMap(([name, right, wrong]) => [...right.map((value) => [name, value, true] as const), ...wrong.map((value) => [name, value, false] as const)]),
)('%s accepts %j: %s', (name, value, isRight) => {
  const parse = () => scalars[name]?.parseValue(value);
  if (isRight) expect(parse()).toBeDefined();
  else expect(parse).toThrow(`${name} must be`);
});

test('DateTime is sent in UTC with milliseconds', () =>
  expect(scalars['DateTime']?.serialize(new Date('2026-01-31T09:30:00+08:00'))).toBe('2026-01-31T01:30:00.000Z'));
