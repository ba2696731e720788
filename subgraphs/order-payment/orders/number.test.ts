import { describe, expect, test } from 'vitest';
import { NUMBERS_PER_DAY, orderNumber, readOrderNumber } from './number.ts';

const day = new Date('2026-08-22T10:00:00Z');

describe('order numbers', () => {
  test('have the day, seven characters and a check character', () => {
    expect(orderNumber(day, 0)).toMatch(/^20260822-0000000[0-9A-Z]$/);
    expect(orderNumber(day, NUMBERS_PER_DAY - 1)).toMatch(/^20260822-ZZZZZZZ[0-9A-Z]$/);
  });

  test('are read back as people type them', () => {
    for (let index = 0; index < 500; index++) {
      const number = orderNumber(day, Math.floor(Math.random() * NUMBERS_PER_DAY));
      expect(readOrderNumber(number)).toBe(number);
      expect(readOrderNumber(`  ${number.toLowerCase().replace('-', '').replaceAll('0', 'o').replaceAll('1', 'l')} `)).toBe(number);
    }
  });

  test('with one wrong character are no order numbers', () => {
    const number = orderNumber(day, 123_456_789);
    for (let at = 9; at < number.length; at++) {
      for (const wrong of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
        if (wrong !== number[at]) expect(readOrderNumber(number.slice(0, at) + wrong + number.slice(at + 1))).toBeNull();
      }
    }
  });

  test.each(['', '20260822', '20260822-', 'order_01J', '20260822-7F3K9Q2MM', 'x'.repeat(10_000)])('%j is none', (text) => {
    expect(readOrderNumber(text)).toBeNull();
  });
});
