import type { Demand } from './protection.ts';

/** What a caller may, by its token. */
export interface Rights {
  readonly isSignedIn: boolean;
  readonly scopes: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
}

export const NO_RIGHTS: Rights = { isSignedIn: false, scopes: new Set(), policies: new Set() };

/** An empty list of groups demands no more than a sign-in. */
export function isMet(demand: Demand, { isSignedIn, scopes, policies }: Rights): boolean {
  if (demand.kind === 'sign-in') return isSignedIn;
  const held = demand.kind === 'scope' ? scopes : policies;
  return isSignedIn && (demand.anyOf.length === 0 || demand.anyOf.some((group) => group.every((name) => held.has(name))));
}

/** Why a caller does not get something, and under which code. */
export interface Denial {
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN';
  readonly sentence: string;
}

export function denialOf(coordinate: string, demand: Demand, { isSignedIn }: Rights): Denial {
  if (!isSignedIn) return { code: 'UNAUTHENTICATED', sentence: `${coordinate} needs a signed-in caller: send "Authorization: Bearer <access token>".` };
  const wanted = demand.kind === 'sign-in' ? '' : demand.anyOf.map((group) => group.join(' and ')).join(', or ');
  return { code: 'FORBIDDEN', sentence: `${coordinate} needs the ${demand.kind} ${wanted}.` };
}
