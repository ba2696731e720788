import { describe, expect, test } from 'vitest';
import { searchWordsOf, splitPrefix, termsOf } from './terms.ts';

/** Whether a query finds a text: all its required words are among the text's terms. */
const finds = (query: string, text: string): boolean => {
  const terms = new Set(termsOf(text));
  return searchWordsOf(query).required.every((word) => terms.has(word));
};

describe('a query finds', () => {
  test.each([
    ['rain coat', 'Blue Rain Coats for children'],
    ['COATS', 'A coat'],
    ['batteries', 'AA battery, 4 pieces'],
    ['boxes', 'A box'],
    ['dresses', 'Summer dress'],
    ['cafe', 'Café au lait'],
    ['iphone 15', 'Case for iPhone 15'],
    ['耳机', '无线蓝牙耳机'],
    ['蓝牙耳机', '无线蓝牙耳机 黑色'],
    ['红色连衣裙', '夏季新款连衣裙 红色'],
    ['充电宝', '大容量移动充电宝'],
    ['茶', '西湖龙井绿茶'],
    ['龙井', '2024年西湖龙井绿茶礼盒'],
    ['ＡＢＣ', 'abc'],
    ['sony 耳机', 'Sony 降噪耳机'],
  ])('%j in %j', (query, text) => {
    expect(finds(query, text)).toBe(true);
  });

  test.each([
    ['rain hat', 'Rain coat'],
    ['耳环', '无线蓝牙耳机'],
    ['red', 'redwood'],
    ['绿茶', '绿色的茶杯'],
  ])('not %j in %j', (query, text) => {
    expect(finds(query, text)).toBe(false);
  });
});

test('nothing is asked for by punctuation', () => {
  expect(searchWordsOf(' !?。… ')).toEqual({ required: [], weighed: [] });
});

test('a plural that is no plural stays what it is', () => {
  expect(termsOf('glass bus this gas series')).toEqual(['glass', 'bus', 'thi', 'gas', 'sery']);
});

test('the number of terms of a text is bounded', () => {
  expect(termsOf(Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(' '))).toHaveLength(400);
});

test.each([
  ['rain co', ['rain'], 'co'],
  ['rain ', ['rain'], null],
  ['雨衣', ['雨衣'], null],
  ['', [], null],
])('what is typed in %j', (prefix, whole, begun) => {
  expect(splitPrefix(prefix)).toEqual({ whole, begun });
});
