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

/** Sorts after everything that begins with the text before it. */
const LAST_CHARACTER = '\uffff';

/** What an index finds by the beginning of a text. */
export const beginningWith = (text: string) => ({ $gte: text, $lt: text + LAST_CHARACTER });
