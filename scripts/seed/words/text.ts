/** The same thing in both languages of the demo shop. */
export interface Both {
  readonly en: string;
  readonly zh: string;
}

export const both = (en: string, zh: string): Both => ({ en, zh });

/** Puts words into a sentence: `{noun}` becomes the noun, in each language its own. */
export function filled(sentence: Both, words: Readonly<Record<string, Both>>): Both {
  const fill = (text: string, language: keyof Both) => text.replace(/\{(\w+)\}/g, (_, name: string) => words[name]?.[language] ?? '');
  return { en: fill(sentence.en, 'en'), zh: fill(sentence.zh, 'zh') };
}

/** Both texts in one line, where the shop keeps a single one. */
export const joined = ({ en, zh }: Both): string => (en === zh ? en : `${en} ${zh}`);
