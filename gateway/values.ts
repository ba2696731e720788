const CONTROL = /(?![\t\n\r\x7f-\x9f])\p{Cc}/u;
/** A control character as an operation writes it in a text; its lexer refuses halves of characters itself. */
const ESCAPED_CONTROL = /\\u(?:00(?:0[0-8bcef]|1[0-9a-f])|\{0*(?:[0-8bcef]|1[0-9a-f])\})/i;
/** No input of the shop is nested half as deep; what walks through values need not fear for its stack. */
const MAX_DEPTH = 32;

/**
 * Why the values of a request cannot be taken, whoever they are for. Texts must be texts: no name, address or note holds
 * control characters other than tab and line break, or half a character, and what is stored of them is not what was sent.
 */
export function unfitValue(query: string, variables: unknown): string | null {
  return ESCAPED_CONTROL.test(query) ? 'The operation writes a control character in a text; send plain text.' : unfitVariable(variables, ['variables']);
}

/** The one thing that no graph can take: values nested so deep that whoever walks through them falls. */
export function tooDeepValue(value: unknown, path: readonly string[] = ['variables']): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (path.length > MAX_DEPTH) return tooDeep(path);
  for (const [name, entry] of Object.entries(value)) {
    const problem = tooDeepValue(entry, [...path, name]);
    if (problem !== null) return problem;
  }
  return null;
}

const tooDeep = (path: readonly string[]) => `"${path.slice(0, 3).join('.')}…" is nested more than ${MAX_DEPTH} levels deep.`;

function unfitVariable(value: unknown, path: readonly string[]): string | null {
  if (typeof value === 'string') {
    return CONTROL.test(value) || !value.isWellFormed() ? `"${path.join('.')}" has a control character, or half a character, in it; send plain text.` : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (path.length > MAX_DEPTH) return tooDeep(path);
  for (const [name, entry] of Object.entries(value)) {
    const problem = unfitVariable(entry, [...path, name]);
    if (problem !== null) return problem;
  }
  return null;
}
