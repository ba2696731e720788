import { RefusedRequest } from './refused-request.ts';

/** What reads JSON here walks it without recursion, but what takes it afterwards does not. */
const MAX_DEPTH = 100;

/**
 * JSON that means one thing to everybody who reads it: an object in which a name stands twice is one thing to a filter
 * before us and another to us, and `__proto__` is no property to whoever copies objects carelessly.
 */
export function parseJson(text: string, what: string): unknown {
  const problem = problemOf(text);
  if (problem !== null) throw new RefusedRequest(400, `${what} ${problem}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new RefusedRequest(400, `${what} is not JSON.`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Looks at names and brackets alone; whether the rest is JSON is for the parser to say. */
function problemOf(text: string): string | null {
  /** The names of each object that is open; null for a list. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = endOfString(text, at);
      const names = open.at(-1);
      if (names && isName(text, end)) {
        const name = plainName(text.slice(at, end));
        if (name === '__proto__') return 'may not hold "__proto__".';
        if (names.has(name)) return `holds the name "${name.slice(0, 60)}" twice in one object.`;
        names.add(name);
      }
      at = end - 1;
    } else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      if (open.length >= MAX_DEPTH) return `is nested more than ${MAX_DEPTH} levels deep.`;
      open.push(character === OPEN_BRACE ? new Set() : null);
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      open.pop();
    }
  }
  return null;
}

/** Where the string that begins here is over: behind its last quote, or at the end of the text. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text[at] === ':';
}

function plainName(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
