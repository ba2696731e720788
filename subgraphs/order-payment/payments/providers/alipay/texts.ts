import { z } from 'zod';
import { decimalOf } from '#platform/money.ts';

/** Alipay writes amounts in yuan with up to two decimals, and times in Beijing without a zone. */
export const yuanOf = (amount: number): string => decimalOf({ amount, currency: 'CNY' });

export const yuan = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,2})?$/)
  .transform((text) => {
    const [whole = '', decimals = ''] = text.split('.');
    return Number(`${whole}${decimals.padEnd(2, '0')}`);
  });

const BEIJING_MS = 8 * 3_600_000;

export const beijingTimeOf = (time: Date): string => new Date(time.getTime() + BEIJING_MS).toISOString().slice(0, 19).replace('T', ' ');

/** `2026-08-22 10:34:56`, also with fractions. */
export const beijingTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/)
  .transform((text) => new Date(`${text.replace(' ', 'T')}+08:00`));
