import { type Text, type UserErrorData, validationError } from '#platform/errors.ts';

export interface AddressInput {
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

export interface CheckoutTerms {
  readonly cartId: string;
  readonly cartVersion: number;
  readonly expectedTotal: { readonly amount: number; readonly currency: string };
  readonly billingAddress?: AddressInput | null | undefined;
  readonly email?: string | null | undefined;
  readonly purchaseOrderNumber?: string | null | undefined;
  readonly notes?: readonly { readonly merchantId: string; readonly note: string }[] | null | undefined;
}

const MAX_REFERENCE = 64;
const MAX_NOTE = 500;
const MAX_ADDRESS_TEXT = 200;

const tooLong = (limit: number): Text => ({ en: `This must have at most ${limit} characters.`, zh: `最多 ${limit} 个字符。` });
const BLANK: Text = { en: 'This must not be empty.', zh: '不能为空。' };
const EMAIL_REQUIRED: Text = {
  en: 'Guests must give an e-mail address, so that the order can be confirmed.',
  zh: '访客下单须填写电子邮箱，以便接收订单确认。',
};
const ONE_NOTE: Text = { en: 'There can be one note per merchant.', zh: '每个商家只能填写一条备注。' };

/** What is wrong with the arguments before anything is looked up. */
export function checkTerms({ email, purchaseOrderNumber, notes, billingAddress }: CheckoutTerms, isGuest: boolean): UserErrorData[] {
  const problems: UserErrorData[] = [];
  if (isGuest && !email) problems.push(validationError(['input', 'email'], EMAIL_REQUIRED, 'EMAIL_REQUIRED'));
  if ((purchaseOrderNumber?.length ?? 0) > MAX_REFERENCE) problems.push(validationError(['input', 'purchaseOrderNumber'], tooLong(MAX_REFERENCE)));
  for (const [index, { note, merchantId }] of (notes ?? []).entries()) {
    if (note.length > MAX_NOTE) problems.push(validationError(['input', 'notes', index, 'note'], tooLong(MAX_NOTE)));
    if (notes?.findIndex((other) => other.merchantId === merchantId) !== index)
      problems.push(validationError(['input', 'notes', index, 'merchantId'], ONE_NOTE));
  }
  return [...problems, ...(billingAddress ? checkAddress(billingAddress) : [])];
}

function checkAddress(address: AddressInput): UserErrorData[] {
  return Object.entries(address).flatMap(([field, value]: [string, unknown]) => {
    const path = ['input', 'billingAddress', field];
    if (typeof value !== 'string') return [];
    if (value.length > MAX_ADDRESS_TEXT) return [validationError(path, tooLong(MAX_ADDRESS_TEXT))];
    return value.trim() === '' ? [validationError(path, BLANK)] : [];
  });
}
