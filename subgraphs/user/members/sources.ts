import type { StoredMember } from '../merchants/entities.ts';
import type { MerchantInvitation as StoredInvitation } from './entities.ts';

export type MerchantMember = StoredMember;
export type MerchantInvitation = Pick<StoredInvitation, 'token' | 'merchantId' | 'role' | 'expiresAt'>;
