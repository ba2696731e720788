const CONTROL = /(?![\t\n\r\x7f-\x9f])\p{Cc}/u;
/** As JSON writes what may be unfit; nothing else needs a closer look. */
const SUSPICIOUS = /\\u(?:00[01]|d[89a-f]|\{)/i;
/** A control character as an operation writes it in a text; its lexer refuses halves of characters itself. */
const ESCAPED_CONTROL = /\\u(?:00(?:0[0-8bcef]|1[0-9a-f])|\{0*(?:[0-8bcef]|1[0-9a-f])\})/i;

/**
 * Why the texts of a request are no texts: control characters other than tab and line break, or half a character. No name,
 * address or note has them, and what is stored of them is not what was sent. Null when all is well; `json` is the request as it came.
 */
export function unfitText(json: string, query: string, variables: unknown): string | null {
  if (!SUSPICIOUS.test(json)) return null;
  if (ESCAPED_CONTROL.test(query)) return 'The operation writes a control character in a text; send plain text.';
  const path = pathToUnfit(variables, 'variables');
  return path === null ? null : `"${path}" has a control character, or half a character, in it; send plain text.`;
}

function pathToUnfit(value: unknown, path: string): string | null {
  if (typeof value === 'string') return CONTROL.test(value) || !value.isWellFormed() ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, entry] of Object.entries(value)) {
    const found = pathToUnfit(entry, `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}
