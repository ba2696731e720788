import { type UserErrorData, validationError } from '#platform/errors.ts';

/** A text by BCP 47 language tag. */
export type LocalizedText = Readonly<Record<string, string>>;

export interface LocalizedTextInput {
  readonly locale: string;
  readonly value: string;
}

const FALLBACKS = ['en', 'zh'];

/** The text for a locale: exactly, else in its language, else in English or Chinese, else whichever there is. */
export function textIn(text: LocalizedText, locale: string): string {
  for (const wanted of [locale, ...FALLBACKS]) {
    const exact = text[wanted];
    if (exact !== undefined) return exact;
    const language = languageOf(wanted);
    const tag = language in text ? language : Object.keys(text).find((candidate) => languageOf(candidate) === language);
    if (tag !== undefined) return text[tag] ?? '';
  }
  return Object.values(text)[0] ?? '';
}

const languageOf = (tag: string): string => tag.split('-', 1)[0]?.toLowerCase() ?? tag;

/** The stored form of the given texts, their tags in canonical spelling. */
export const localizedText = (inputs: readonly LocalizedTextInput[]): LocalizedText =>
  Object.fromEntries(inputs.map(({ locale, value }) => [canonical(locale), value.trim()]));

const canonical = (locale: string): string => Intl.getCanonicalLocales(locale)[0] ?? locale;

/** What is wrong with texts that somebody sent: none at all, empty, too long, or two in one language. */
export function textProblems(
  inputs: readonly LocalizedTextInput[],
  path: readonly (string | number)[],
  limits: { max: number; isRequired: boolean },
): UserErrorData[] {
  if (inputs.length === 0 && limits.isRequired)
    return [validationError(path, { en: 'Give the text in at least one language.', zh: '请至少提供一种语言的文本。' }, 'REQUIRED')];
  if (inputs.length > 20) return [validationError(path, { en: 'Give at most 20 languages.', zh: '最多 20 种语言。' }, 'TOO_MANY')];
  const seen = new Set<string>();
  return inputs.flatMap(({ locale, value }, index) => {
    const tag = canonical(locale);
    const isRepeated = seen.has(tag);
    seen.add(tag);
    if (isRepeated) return [validationError([...path, index, 'locale'], { en: `${tag} is given twice.`, zh: `语言 ${tag} 重复。` }, 'DUPLICATE')];
    return lengthProblems(value, [...path, index, 'value'], limits.isRequired ? 1 : 0, limits.max);
  });
}

export function lengthProblems(value: string, path: readonly (string | number)[], min: number, max: number): UserErrorData[] {
  const length = value.trim().length;
  if (length >= min && length <= max) return [];
  return [
    validationError(
      path,
      { en: `Must have ${min} to ${max} characters; it has ${length}.`, zh: `长度须为 ${min} 到 ${max} 个字符，当前为 ${length} 个。` },
      'LENGTH',
    ),
  ];
}
