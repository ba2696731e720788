import { Jieba } from '@node-rs/jieba';
import { dict } from '@node-rs/jieba/dict.js';

/** The dictionary takes a moment and some memory: it is read when the first Chinese text comes. */
let segmenter: Jieba | null = null;

function wordsOfHan(run: string): string[] {
  segmenter ??= Jieba.withDict(dict);
  return segmenter.cut(run, true);
}

const RUNS = /\p{Script=Han}+|[[\p{L}\p{N}]--\p{Script=Han}]+/gv;
const HAN = /^\p{Script=Han}/u;
const MAX_TERMS = 400;

const runsOf = (text: string): string[] => text.normalize('NFKC').toLowerCase().match(RUNS) ?? [];

/**
 * The terms under which a text is found: English words in the singular, and of Chinese every character, every pair of
 * neighbours and every word, so that a word is found however the text around it was cut.
 */
export function termsOf(text: string): string[] {
  const terms = new Set<string>();
  for (const run of runsOf(text)) {
    for (const term of HAN.test(run) ? [...wordsOfHan(run), ...pairsOf(run), ...run] : wordsOfLatin(run)) terms.add(term);
    if (terms.size >= MAX_TERMS) break;
  }
  return [...terms].slice(0, MAX_TERMS);
}

export interface SearchWords {
  /** All of these must be found. */
  readonly required: readonly string[];
  /** These tell how good a hit is. */
  readonly weighed: readonly string[];
}

/** What a query asks for: a Chinese word of more than two characters by its pairs, since the index has all of them. */
export function searchWordsOf(query: string): SearchWords {
  const required = new Set<string>();
  const weighed = new Set<string>();
  for (const run of runsOf(query)) {
    for (const word of HAN.test(run) ? wordsOfHan(run) : wordsOfLatin(run)) {
      weighed.add(word);
      const parts = HAN.test(word) && [...word].length > 2 ? pairsOf(word) : [word];
      for (const part of parts) required.add(part);
    }
  }
  return { required: [...required], weighed: [...weighed] };
}

/** The words of what somebody is typing: those that are whole, and the last one as far as it is typed (Chinese is whole). */
export function splitPrefix(prefix: string): { whole: readonly string[]; begun: string | null } {
  const runs = runsOf(prefix);
  const last = runs.at(-1);
  const isOpen = last !== undefined && !HAN.test(last) && prefix.trimEnd() === prefix;
  const whole = isOpen ? runs.slice(0, -1) : runs;
  return { whole: searchWordsOf(whole.join(' ')).required, begun: isOpen && last !== undefined ? withoutAccents(last) : null };
}

function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
}

const wordsOfLatin = (run: string): string[] => [singular(withoutAccents(run))];

const withoutAccents = (word: string): string =>
  word
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .normalize('NFC');

/** Plural and singular of a word are one term; what both become need not be a word. */
function singular(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  if (/[^ae]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(ch|sh|x|ss|z)es$/.test(word)) return word.slice(0, -2);
  return /[^us]s$/.test(word) ? word.slice(0, -1) : word;
}
