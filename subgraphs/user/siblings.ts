import type { Siblings } from '#platform/siblings.ts';

const OWNED_MEDIA = /* GraphQL */ `
  query OwnedMedia($ids: [ID!]!, $purpose: MediaPurpose!) {
    ownedMedia(ids: $ids, purpose: $purpose) { id }
  }
`;

const GUEST_CART_MERGE = /* GraphQL */ `
  mutation GuestCartMerge($guestSessionId: ID!, $userId: ID!) {
    guestCartMerge(input: { guestSessionId: $guestSessionId, userId: $userId, strategy: MAX }) { done }
  }
`;

const GUEST_ORDERS_ADOPT = /* GraphQL */ `
  mutation GuestOrdersAdopt($guestSessionId: ID!, $userId: ID!) {
    guestOrdersAdopt(input: { guestSessionId: $guestSessionId, userId: $userId }) { done }
  }
`;

const VISIBLE = /* GraphQL */ `
  query Visible($representations: [_Any!]!) {
    _entities(representations: $representations) { __typename }
  }
`;

export interface ForeignNode {
  readonly __typename: string;
  readonly id: string;
}

/** Which of its objects the owner shows to the caller; what is missing and what is hidden are alike. */
export async function askVisible(siblings: Siblings, owner: string, representations: readonly ForeignNode[]): Promise<boolean[]> {
  const { _entities } = await siblings.ask<{ _entities: (object | null)[] }>(owner, VISIBLE, { representations });
  return _entities.map((entity) => entity !== null);
}

interface GuestHandover extends Readonly<Record<string, unknown>> {
  readonly guestSessionId: string;
  readonly userId: string;
}

/** Those of the uploads that are there, fit the purpose and are the caller's own. */
export async function askOwnedMedia(siblings: Siblings, ids: readonly string[], purpose: 'AVATAR' | 'MERCHANT_DOCUMENT'): Promise<string[]> {
  if (ids.length === 0) return [];
  const { ownedMedia } = await siblings.ask<{ ownedMedia: ({ id: string } | null)[] }>('product', OWNED_MEDIA, { ids, purpose });
  return ownedMedia.flatMap((media) => (media ? [media.id] : []));
}

/** The guest's cart and orders become the user's. Both may be repeated. */
export const askGuestHandover = (siblings: Siblings, handover: GuestHandover) =>
  Promise.all([siblings.ask('cart', GUEST_CART_MERGE, handover), siblings.ask('order-payment', GUEST_ORDERS_ADOPT, handover)]);
