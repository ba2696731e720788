import { validationError } from '#platform/errors.ts';

/** A text that users write, by language (`en`, `zh`). */
export type Translations = Readonly<Record<string, string>>;

const languageOf = (locale: string): string => locale.split('-')[0]?.toLowerCase() || 'en';

/** The text in that language, else in whatever it was written in first. */
export const translated = (texts: Translations, locale: string): string | null => texts[languageOf(locale)] ?? Object.values(texts)[0] ?? null;

/** With the text of one language replaced; an empty one is taken out. */
export function translate(texts: Translations, locale: string, text: string | null): Translations {
  const { [languageOf(locale)]: _previous, ...others } = texts;
  return text ? { ...others, [languageOf(locale)]: text } : others;
}

/** Characters as people count them, without the blanks around. */
const lengthOf = (text: string | null | undefined): number => [...(text?.trim() ?? '')].length;

/** Null for a text of the given length; a missing one has none. `path` leads to it. */
export function lengthProblem(path: readonly string[], text: string | null | undefined, { min = 0, max }: { min?: number; max: number }) {
  const length = lengthOf(text);
  if (length >= min && length <= max) return null;
  const name = path.at(-1);
  return validationError(path, { en: `"${name}" must have ${min} to ${max} characters.`, zh: `“${name}”须为 ${min} 至 ${max} 个字符。` });
}

/** Sorts after everything that begins with the text before it. */
const LAST_CHARACTER = '\uffff';

/** What an index finds by the beginning of a text. */
export const beginningWith = (text: string) => ({ $gte: text, $lt: text + LAST_CHARACTER });
