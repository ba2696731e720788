import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { MerchantRole } from '../domain.ts';
import type { Translations } from '../texts.ts';
import type { MerchantKind, MerchantStatus, PayoutAccountStatus } from './domain.ts';

export interface StoredRefundPolicy {
  readonly windowDays: number;
  readonly returnRequired: boolean;
  readonly autoApproveAfterHours: number;
  readonly text: Translations;
}

export interface StoredMember {
  readonly userId: string;
  readonly role: MerchantRole;
  readonly joinedAt: Date;
}

interface StoredApplication {
  readonly submittedAt: Date;
  readonly reviewedAt: Date | null;
  readonly rejectionReasons: string[];
}

/** Of the provider's side; the token is never shown. */
export interface StoredPayoutAccount {
  readonly provider: string;
  readonly token: string;
  readonly maskedAccount: string;
  readonly currency: string;
  readonly status: Exclude<PayoutAccountStatus, 'NONE'>;
  readonly statusReason: string | null;
  readonly version: number;
}

const MerchantSchema = defineEntity({
  name: 'Merchant',
  indexes: [
    { options: [{ status: 1, _id: -1 }, { name: 'status' }] },
    { options: [{ status: 1, kind: 1, _id: -1 }, { name: 'status_kind' }] },
    { options: [{ status: 1, countryCode: 1, _id: -1 }, { name: 'status_country' }] },
    { options: [{ status: 1, searchWords: 1 }, { name: 'search' }] },
    { options: [{ status: 1, 'application.submittedAt': 1, _id: 1 }, { name: 'applications' }] },
    { options: [{ 'members.userId': 1 }, { name: 'members' }] },
  ],
  properties: {
    ...baseProperties('merch'),
    slug: p.string().unique(),
    name: p.string(),
    searchWords: p.json<readonly string[]>(),
    kind: p.string().$type<MerchantKind>(),
    status: p.string().$type<MerchantStatus>(),
    /** Why staff changed the status last. */
    statusReason: p.string().nullable(),
    countryCode: p.string(),
    settlementCurrency: p.string(),
    legalName: p.string(),
    registrationNumber: p.string().nullable(),
    documentMediaIds: p.json<readonly string[]>(),
    description: p.json<Translations>(),
    logoMediaId: p.string().nullable(),
    refundPolicy: p.json<StoredRefundPolicy>(),
    application: p.json<StoredApplication>(),
    /** Embedded, so that "the last owner stays" is one conditional update. */
    members: p.json<readonly StoredMember[]>(),
    joinedAt: p.datetime().nullable(),
    payoutAccount: p.json<StoredPayoutAccount>().nullable(),
  },
});

export class Merchant extends MerchantSchema.class {}
MerchantSchema.setClass(Merchant);
