/** Reads the data of `guest.signed_in`: a login whose merge could not be done at once. */
export function guestSignIn({ guestSessionId, userId }: Readonly<Record<string, unknown>>): { guestSessionId: string; userId: string } {
  if (typeof guestSessionId !== 'string' || typeof userId !== 'string') throw new Error('guest.signed_in needs guestSessionId and userId');
  return { guestSessionId, userId };
}
