import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { exceeded, type Limits } from './limits.ts';

/** What reads a document calls itself for each bracket; no operation within the other limits comes near this. */
const MAX_BRACKETS = 250;
/** Beyond so many times the limit nobody needs to know the exact number. */
const COUNTED_TIMES = 10;

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.PAREN_L, TokenKind.BRACKET_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.PAREN_R, TokenKind.BRACKET_R]);

/** Refuses a text that is too long or too deep to be parsed, before anything is made of it. Throws syntax errors, too. */
export function scan(query: string, limits: Limits): void {
  const lexer = new Lexer(new Source(query));
  const most = limits.tokens * COUNTED_TIMES;
  let tokens = 0;
  let brackets = 0;
  for (let kind = advance(lexer, tokens > limits.tokens); kind !== TokenKind.EOF && tokens < most; kind = advance(lexer, tokens > limits.tokens)) {
    tokens += 1;
    if (OPENING.has(kind)) brackets += 1;
    else if (CLOSING.has(kind)) brackets -= 1;
    if (brackets > MAX_BRACKETS && tokens <= limits.tokens) {
      throw new GraphQLError(`A document may open at most ${MAX_BRACKETS} brackets within each other; this one opens more.`, {
        extensions: { code: 'BAD_USER_INPUT', exceeded: 'brackets', limit: MAX_BRACKETS, asked: brackets },
      });
    }
  }
  if (tokens > limits.tokens) throw exceeded(limits, 'tokens', tokens, { atLeast: tokens >= most });
}

/** A text that is refused for its length need not be well written to its end. */
function advance(lexer: Lexer, isTooLong: boolean): TokenKind {
  try {
    return lexer.advance().kind;
  } catch (error) {
    if (isTooLong) return TokenKind.EOF;
    throw error;
  }
}
