import type { Config } from '#platform/config.ts';
import { mediaUrl, type MediaPurpose, POLICIES } from './domain.ts';
import { signedQuery } from './signing.ts';

/** Long enough to look at a page, short enough not to be passed on. */
const VIEW_SECONDS = 3_600;

/** Where a medium is served: to everybody, or to whoever has the address while it lasts. */
export function addressOf(config: Config, { id, purpose }: { readonly id: string; readonly purpose: MediaPurpose }, now: number): string {
  const address = mediaUrl(config.publicUrl, id);
  if (POLICIES[purpose].isPublic) return address;
  // By the hour, so that one address serves a page and its caches for a while.
  const expiresAt = new Date((Math.floor(now / 1000 / VIEW_SECONDS) + 2) * VIEW_SECONDS * 1000);
  return `${address}?${signedQuery(config, 'view', id, expiresAt)}`;
}
