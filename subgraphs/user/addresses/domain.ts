import { lengthError, notFoundError, validationError } from '#platform/errors.ts';

export interface PostalAddress {
  readonly recipientName: string;
  readonly phone?: string | null | undefined;
  readonly company?: string | null | undefined;
  readonly countryCode: string;
  readonly region?: string | null | undefined;
  readonly city: string;
  readonly district?: string | null | undefined;
  readonly line1: string;
  readonly line2?: string | null | undefined;
  readonly postalCode?: string | null | undefined;
}

/** Fields that are free text: whether they must be there, and how long they may be. */
const TEXTS = {
  recipientName: { min: 1, max: 100 },
  company: { min: 0, max: 200 },
  region: { min: 0, max: 100 },
  city: { min: 1, max: 100 },
  district: { min: 0, max: 100 },
  line1: { min: 1, max: 200 },
  line2: { min: 0, max: 200 },
  postalCode: { min: 0, max: 16 },
} as const satisfies Partial<Record<keyof PostalAddress, { min: number; max: number }>>;

const names = Object.keys(TEXTS).filter((name): name is keyof typeof TEXTS => name in TEXTS);

export const postalAddressProblems = (address: PostalAddress) =>
  names.flatMap((name) => {
    const problem = lengthError(['input', 'postalAddress', name], address[name], TEXTS[name]);
    return problem ? [problem] : [];
  });

/** As it is stored: trimmed, and null where nothing was given. */
export const tidied = ({ phone, countryCode, ...address }: PostalAddress) => ({
  recipientName: address.recipientName.trim(),
  phone: phone ?? null,
  company: address.company?.trim() || null,
  countryCode,
  region: address.region?.trim() || null,
  city: address.city.trim(),
  district: address.district?.trim() || null,
  line1: address.line1.trim(),
  line2: address.line2?.trim() || null,
  postalCode: address.postalCode?.trim() || null,
});

export type StoredPostalAddress = ReturnType<typeof tidied>;

export const labelProblem = (label: string | null | undefined) => lengthError(['input', 'label'], label, { max: 40 });

export const MAX_ADDRESSES = 20;

export const tooManyAddresses = () =>
  validationError(
    ['input'],
    { en: `An address book holds at most ${MAX_ADDRESSES} addresses; delete one first.`, zh: `最多保存 ${MAX_ADDRESSES} 个地址，请先删除一个。` },
    'LIMIT_REACHED',
  );

export const addressNotFound = (path: readonly string[]) => notFoundError(path, { en: 'The address', zh: '该地址' });
