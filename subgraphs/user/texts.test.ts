import { describe, expect, test } from 'vitest';
import { translate, translated } from './texts.ts';

describe('translations', () => {
  test('a text is read in its language, else in the first there is', () => {
    expect(translated({ en: 'Tea', zh: '茶' }, 'zh-CN')).toBe('茶');
    expect(translated({ zh: '茶' }, 'en-GB')).toBe('茶');
    expect(translated({}, 'en')).toBeNull();
  });

  test('writing one language leaves the others', () => {
    expect(translate({ en: 'Tea', zh: '茶' }, 'zh', '好茶')).toEqual({ en: 'Tea', zh: '好茶' });
    expect(translate({ en: 'Tea', zh: '茶' }, 'en-US', null)).toEqual({ zh: '茶' });
  });
});
