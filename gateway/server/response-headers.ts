import type { ResponseHeaderRule } from './settings.ts';

type Received = Readonly<Record<string, string | string[] | undefined>>;

/** Gathers, over all the calls of one client request, what of subgraphs' answers the client is to see. */
export interface ResponseHeaders {
  add(rules: readonly ResponseHeaderRule[], received: Received): void;
  /** Takes over what others have gathered. */
  take(others: ResponseHeaders): void;
  entries(): Iterable<readonly [string, string | string[]]>;
  /** `isWhole`: no part of the answer is missing, so that it may be kept as long as its parts. */
  collected(isWhole: boolean): Record<string, string | string[]>;
}

export function responseHeaders(): ResponseHeaders {
  const gathered = new Map<string, string | string[]>();
  return {
    add: (rules, received) => {
      for (const rule of rules) {
        if (rule.action === 'remove') gathered.delete(rule.name);
        else if (rule.action === 'set') gathered.set(rule.name, rule.value);
        else forward(gathered, rule.name, received[rule.name]);
      }
    },
    take: (others) => {
      for (const [name, value] of others.entries()) gathered.set(name, value);
    },
    entries: () => gathered,
    collected: (isWhole) => {
      if (!isWhole && gathered.has('cache-control')) gathered.set('cache-control', 'no-store');
      return Object.fromEntries(gathered);
    },
  };
}

function forward(gathered: Map<string, string | string[]>, name: string, value: string | string[] | undefined): void {
  const before = gathered.get(name);
  if (name === 'cache-control') gathered.set(name, strictest(before === undefined ? [textOf(value)] : [textOf(before), textOf(value)]));
  else if (value === undefined) return;
  else if (name === 'set-cookie') gathered.set(name, [before ?? [], value].flat());
  else gathered.set(name, textOf(value));
}

const textOf = (value: string | string[] | undefined): string => [value ?? []].flat().join(', ');

/** What holds for an answer made of parts: the shortest age, private if any is, not kept at all if one says so or nothing. */
function strictest(policies: readonly string[]): string {
  const parsed = policies.map(directivesOf);
  if (parsed.some((directives) => directives.has('no-store') || !(directives.has('no-cache') || /^\d+$/.test(directives.get('max-age') ?? ''))))
    return 'no-store';
  const ages = parsed.map((directives) => (directives.has('no-cache') ? 0 : Number(directives.get('max-age'))));
  const scope = parsed.some((directives) => directives.has('private')) ? 'private' : parsed.every((directives) => directives.has('public')) ? 'public' : null;
  return [`max-age=${Math.min(...ages)}`, ...(scope ? [scope] : [])].join(', ');
}

const directivesOf = (policy: string): ReadonlyMap<string, string> =>
  new Map(
    policy
      .toLowerCase()
      .split(',')
      .map((directive) => directive.trim().split('=', 2))
      .map(([name = '', value = '']) => [name, value.replaceAll('"', '')] as const),
  );
