import type { IncomingHttpHeaders } from 'node:http';
import type { Claims } from './caller.ts';
import type { RequestHeaderRule } from './settings.ts';

type Headers = Record<string, string>;
type Asker = { readonly headers: IncomingHttpHeaders; readonly claims: Claims | null };
type Step = (headers: Headers, asker: Asker) => void;

const CARRIABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Works the rules out once; what is set from the environment must be there: what is missing goes to `problems`. */
export function compileRequestHeaders(
  rules: readonly RequestHeaderRule[],
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): (asker: Asker) => Headers {
  const steps = rules.map((rule): Step => {
    const { name } = rule;
    switch (rule.action) {
      case 'forward':
        return forward(name, rule.as ?? name, rule.default);
      case 'set':
        return (headers) => void (headers[name] = rule.value);
      case 'setFromEnvironment': {
        const value = environment[rule.variable];
        if (value === undefined || !CARRIABLE.test(value))
          problems.push(
            `the header ${name} is to come from the environment variable ${rule.variable}, which is ${value === undefined ? 'not set' : 'no text that a header can carry'}`,
          );
        return (headers) => void (headers[name] = value ?? '');
      }
      case 'setFromClaim':
        return fromClaim(name, rule.claim);
      case 'remove':
        return (headers) => void delete headers[name];
    }
  });
  return (asker) => {
    const headers: Headers = {};
    for (const step of steps) step(headers, asker);
    return headers;
  };
}

const forward =
  (name: string, as: string, otherwise: string | undefined): Step =>
  (headers, asker) => {
    const given = asker.headers[name];
    const value = Array.isArray(given) ? given.join(', ') : (given ?? otherwise);
    if (value !== undefined) headers[as] = value;
  };

/** A claim speaks for its caller: where there is none, nothing that came before may stand in its place. */
const fromClaim =
  (name: string, claim: string): Step =>
  (headers, { claims }) => {
    const value = claims && claimAt(claims.all, claim);
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
    if (text !== '' && CARRIABLE.test(text)) headers[name] = text;
    else delete headers[name];
  };

/** `a.b` leads into objects, unless a claim is named so itself. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
