import { lengthError, notFoundError, validationError } from '#platform/errors.ts';

export type MerchantStatus = 'UNDER_REVIEW' | 'ACTIVE' | 'REJECTED' | 'SUSPENDED' | 'CLOSED';
export type MerchantKind = 'BUSINESS' | 'INDIVIDUAL';

/** Every way in which a merchant's state changes: where from, where to. */
export const MERCHANT_TRANSITIONS = {
  RESUBMIT: { from: ['REJECTED'], to: 'UNDER_REVIEW' },
  APPROVE: { from: ['UNDER_REVIEW'], to: 'ACTIVE' },
  REJECT: { from: ['UNDER_REVIEW'], to: 'REJECTED' },
  SUSPEND: { from: ['ACTIVE'], to: 'SUSPENDED' },
  REINSTATE: { from: ['SUSPENDED'], to: 'ACTIVE' },
  CLOSE: { from: ['ACTIVE', 'SUSPENDED'], to: 'CLOSED' },
} as const satisfies Record<string, { from: readonly MerchantStatus[]; to: MerchantStatus }>;

export type MerchantTransition = keyof typeof MERCHANT_TRANSITIONS;
export type ReviewDecision = Exclude<MerchantTransition, 'RESUBMIT'>;

export type PayoutAccountStatus = 'NONE' | 'PENDING' | 'VERIFIED' | 'RESTRICTED';

/** What staff decide about the account that payouts go to. Another account is PENDING again. */
export const PAYOUT_ACCOUNT_TRANSITIONS = {
  VERIFY: { from: ['PENDING', 'RESTRICTED'], to: 'VERIFIED' },
  RESTRICT: { from: ['PENDING', 'VERIFIED'], to: 'RESTRICTED' },
} as const satisfies Record<string, { from: readonly PayoutAccountStatus[]; to: PayoutAccountStatus }>;

export type PayoutAccountDecision = keyof typeof PAYOUT_ACCOUNT_TRANSITIONS;

/** Known to everybody once it traded: buyers' orders refer to it for ever. */
const PUBLICLY_KNOWN: ReadonlySet<MerchantStatus> = new Set(['ACTIVE', 'SUSPENDED', 'CLOSED']);
export const isPubliclyKnown = (status: MerchantStatus): boolean => PUBLICLY_KNOWN.has(status);

export const EDITABLE: readonly MerchantStatus[] = ['UNDER_REVIEW', 'ACTIVE', 'REJECTED', 'SUSPENDED'];

/** As many as fit into a token without making it too large for a header. */
export const MAX_MEMBERSHIPS = 10;

export const membershipLimitReached = (path: readonly string[]) =>
  validationError(
    path,
    { en: `An account can belong to at most ${MAX_MEMBERSHIPS} merchants.`, zh: `一个账户最多可加入 ${MAX_MEMBERSHIPS} 家商户。` },
    'LIMIT_REACHED',
  );

export const merchantNotFound = (path: readonly string[]) => notFoundError(path, { en: 'The merchant', zh: '该商户' });

export const slugTaken = () =>
  validationError(['input', 'slug'], { en: 'This slug is taken; choose another.', zh: '此标识已被使用，请换一个。' }, 'SLUG_TAKEN');

function rangeProblem(field: string, value: number, min: number, max: number) {
  if (value >= min && value <= max) return null;
  return validationError(['input', ...field.split('.')], { en: `"${field}" must be from ${min} to ${max}.`, zh: `“${field}”须在 ${min} 至 ${max} 之间。` });
}

export interface RefundPolicyInput {
  readonly windowDays: number;
  readonly returnRequired: boolean;
  readonly autoApproveAfterHours: number;
  readonly text?: string | null | undefined;
}

const MAX_TEXT = 5_000;

const refundPolicyProblems = (policy: RefundPolicyInput | null | undefined) =>
  policy == null
    ? []
    : [
        rangeProblem('refundPolicy.windowDays', policy.windowDays, 0, 365),
        rangeProblem('refundPolicy.autoApproveAfterHours', policy.autoApproveAfterHours, 1, 720),
        lengthError(['input', 'refundPolicy', 'text'], policy.text, { max: MAX_TEXT }),
      ];

export interface ApplyInput {
  readonly kind: MerchantKind;
  readonly name: string;
  readonly slug: string;
  readonly legalName: string;
  readonly registrationNumber?: string | null | undefined;
  readonly countryCode: string;
  readonly settlementCurrency: string;
  readonly documentMediaIds: readonly string[];
  readonly refundPolicy: RefundPolicyInput;
}

export const applicationProblems = (input: ApplyInput) =>
  [
    lengthError(['input', 'name'], input.name, { min: 1, max: 100 }),
    slugProblem(input.slug),
    lengthError(['input', 'legalName'], input.legalName, { min: 1, max: 200 }),
    lengthError(['input', 'registrationNumber'], input.registrationNumber, { min: input.kind === 'BUSINESS' ? 1 : 0, max: 64 }),
    rangeProblem('documentMediaIds', input.documentMediaIds.length, 0, 20),
    ...refundPolicyProblems(input.refundPolicy),
  ].filter((problem) => problem !== null);

function slugProblem(slug: string) {
  if (/^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$/.test(slug)) return null;
  return validationError(['input', 'slug'], {
    en: 'A slug has 3 to 50 lower-case letters, digits and inner hyphens.',
    zh: '标识须为 3 至 50 个小写字母、数字及中间的连字符。',
  });
}

export interface UpdateInput {
  readonly id: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly logoMediaId?: string | null | undefined;
  readonly refundPolicy?: RefundPolicyInput | null | undefined;
}

export const updateProblems = (input: UpdateInput) =>
  [
    input.name === undefined ? null : lengthError(['input', 'name'], input.name, { min: 1, max: 100 }),
    lengthError(['input', 'description'], input.description, { max: MAX_TEXT }),
    ...refundPolicyProblems(input.refundPolicy),
  ].filter((problem) => problem !== null);

export const reasonProblem = (reason: string) => lengthError(['input', 'reason'], reason, { min: 1, max: 500 });

/**
 * What a name is found by: the beginnings of its words. Chinese is not divided by spaces, so every character of a run
 * may begin a word.
 */
export function searchWordsOf(name: string): string[] {
  const words = wordsOf(name).flatMap((word) => (/\p{Script=Han}/u.test(word) ? [...word].map((_, start) => [...word].slice(start).join('')) : [word]));
  return [...new Set(words)];
}

export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .match(/\p{Script=Han}+|[^\P{L}\p{Script=Han}]+|\p{N}+/gu) ?? [];
