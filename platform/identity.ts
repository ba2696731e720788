import { DomainError } from './errors.ts';

/** Which schema a caller sees. */
export type Contract = 'public' | 'partner' | 'internal';

/** What a signed-in person or client may do for one organisation; scopes were filled in when the token was issued. */
export interface Membership {
  readonly merchantId: string;
  readonly role: string;
  readonly scopes: readonly string[];
}

export interface Identity {
  readonly kind: 'anonymous' | 'guest' | 'user' | 'client' | 'staff' | 'system';
  /** User id, guest session id or client id; null for nobody. */
  readonly subject: string | null;
  readonly sessionId: string | null;
  /** Own scopes and those of all memberships together: what the schema's directives ask for. */
  readonly scopes: readonly string[];
  readonly memberships: readonly Membership[];
  readonly contract: Contract;
}

export const ANONYMOUS: Identity = { kind: 'anonymous', subject: null, sessionId: null, scopes: [], memberships: [], contract: 'public' };

/** Who acts when a timer or an event does. */
export const SYSTEM: Identity = { kind: 'system', subject: null, sessionId: null, scopes: [], memberships: [], contract: 'internal' };

const needsSignIn = () => new DomainError('UNAUTHENTICATED', 'Sign in first: send a valid access token as "Authorization: Bearer …".');

/** The account that asks; a guest, a client or nobody is refused. */
export function signedIn(identity: Identity): { userId: string; sessionId: string | null } {
  if ((identity.kind !== 'user' && identity.kind !== 'staff') || identity.subject === null) throw needsSignIn();
  return { userId: identity.subject, sessionId: identity.sessionId };
}

/** Whoever asks, a guest session included, as one string that is unique over all kinds. */
export function principalOf(identity: Identity): string {
  if (identity.subject === null) throw needsSignIn();
  return identity.kind === 'guest' ? `guest:${identity.subject}` : identity.kind === 'client' ? `client:${identity.subject}` : `user:${identity.subject}`;
}

export const userIdOf = (identity: Identity): string | null => (identity.kind === 'user' || identity.kind === 'staff' ? identity.subject : null);
export const guestIdOf = (identity: Identity): string | null => (identity.kind === 'guest' ? identity.subject : null);

/** A merchant's scope counts only through a membership of that merchant; staff act on any. */
export function mayFor(identity: Identity, merchantId: string, scope: string): boolean {
  if (identity.kind === 'staff' && identity.scopes.includes(scope)) return true;
  return identity.memberships.some((membership) => membership.merchantId === merchantId && membership.scopes.includes(scope));
}
