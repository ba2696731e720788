import { type UserErrorData, validationError } from '#platform/errors.ts';

export const MAX_DEPTH = 5;

export interface Place {
  readonly id: string;
  readonly path: readonly string[];
}

export const pathBelow = (parent: Place | null): string[] => (parent ? [...parent.path, parent.id] : []);

/**
 * Whether a category may hang below a parent: not below itself, and nothing under it deeper than the tree may be.
 * `height` is how many levels hang under the category.
 */
export function placementProblem(id: string | null, parent: Place | null, height: number): UserErrorData | null {
  const path = pathBelow(parent);
  if (id !== null && path.includes(id)) {
    return validationError(['input', 'parentId'], { en: 'A category cannot be below itself.', zh: '分类不能位于自身之下。' }, 'CYCLE');
  }
  if (path.length + 1 + height > MAX_DEPTH) {
    return validationError(
      ['input', 'parentId'],
      { en: `The tree is at most ${MAX_DEPTH} levels deep; choose a parent higher up.`, zh: `分类最多 ${MAX_DEPTH} 级，请选择更高层的父分类。` },
      'TOO_DEEP',
    );
  }
  return null;
}

export const isSlug = (slug: string): boolean => slug.length <= 80 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug);

export const slugProblem = (path: readonly string[]): UserErrorData =>
  validationError(
    path,
    {
      en: 'Use up to 80 small letters and digits, joined by single hyphens, e.g. "rain-coats".',
      zh: '请使用最多 80 个小写字母和数字，以单个连字符连接，例如 "rain-coats"。',
    },
    'FORMAT',
  );

export const slugTakenError = (path: readonly string[]): UserErrorData =>
  validationError(path, { en: 'This slug is taken; choose another.', zh: '该 slug 已被使用，请换一个。' }, 'TAKEN');
