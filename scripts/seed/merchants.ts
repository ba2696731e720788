import { ShippingRate } from '../../subgraphs/cart/shipping/entities.ts';
import type { Rate } from '../../subgraphs/cart/shipping/domain.ts';
import { Location, type OpeningHours } from '../../subgraphs/product/locations/entities.ts';
import { MerchantStanding } from '../../subgraphs/product/merchants/entities.ts';
import { User } from '../../subgraphs/user/accounts/entities.ts';
import { newUser } from '../../subgraphs/user/accounts/service.ts';
import { searchWordsOf } from '../../subgraphs/user/merchants/domain.ts';
import { Merchant, type StoredPayoutAccount } from '../../subgraphs/user/merchants/entities.ts';
import { DAY, HOUR } from './calendar.ts';
import { type Demo, type Stored, stored, type Written } from './documents.ts';
import { demoId } from './ids.ts';
import { merchantNumber } from './plan.ts';
import { at } from './random.ts';
import { IDLE_MERCHANTS, MERCHANTS, type MerchantWords } from './words/merchants.ts';

export interface DemoMerchant {
  readonly id: string;
  readonly ownerId: string;
  readonly email: string;
  readonly words: MerchantWords;
  /** Which of the eight. */
  readonly kind: number;
  readonly name: string;
  readonly slug: string;
  readonly locationIds: readonly string[];
  readonly rates: readonly Rate[];
}

/** Merchants were there before their goods. */
const OPENED = 400 * DAY;
const APPLIED = OPENED + 2 * DAY;

/** The eight merchants of a district; those of the first have the plain names. */
export const merchantsOf = (district: number): DemoMerchant[] => MERCHANTS.map((words, kind) => merchantOf(words, kind, district));

function merchantOf(words: MerchantWords, kind: number, district: number): DemoMerchant {
  const number = merchantNumber(district, kind);
  const suffix = district === 0 ? '' : `-${district + 1}`;
  const id = demoId('merch', APPLIED - number, number);
  return {
    id,
    ownerId: demoId('user', APPLIED + DAY - number, `owner ${number}`),
    email: `merchant${number + 1}@example.test`,
    words,
    kind,
    name: district === 0 ? words.name : `${words.name} ${district + 1}`,
    slug: `${words.slug}${suffix}`,
    locationIds: words.places.map((_, index) => demoId('loc', OPENED - index, `${number} ${index}`)),
    rates: words.rates.map(({ title, countries, price, currency, freeFrom, days: [minDays, maxDays] }, index) => ({
      id: demoId('rate', OPENED - index, `${number} ${index}`),
      merchantId: id,
      title,
      countries,
      price: { amount: price, currency },
      freeFrom: freeFrom === null ? null : { amount: freeFrom, currency },
      minDays,
      maxDays,
      enabled: true,
    })),
  };
}

/** Everything that a district's merchants have before they have goods. */
export function merchantDocuments(demo: Demo, district: number): Written[] {
  const merchants = merchantsOf(district);
  const idle = district === 0 ? IDLE_MERCHANTS.map((words, index) => ({ ...words, ...idleMerchant(index) })) : [];
  const { calendar } = demo;
  return [
    stored('user', User, [
      ...merchants.map((merchant) => ownerOf(demo, merchant, merchant.words.owner)),
      ...idle.map((merchant) => ownerOf(demo, merchant, merchant.owner)),
    ]),
    stored('user', Merchant, [
      ...merchants.map((merchant) => merchantDocument(demo, merchant, 'ACTIVE', 'The papers are in order.')),
      ...idle.map((merchant) => merchantDocument(demo, { ...merchant, words: at(MERCHANTS, merchant.like) }, merchant.status, merchant.reason)),
    ]),
    stored('product', MerchantStanding, [
      ...merchants.map((merchant) => standingOf(merchant, 'ACTIVE')),
      ...idle.map((merchant) => standingOf({ ...merchant, words: at(MERCHANTS, merchant.like) }, merchant.status)),
    ]),
    stored(
      'product',
      Location,
      merchants.flatMap((merchant) => locationsOf(demo, merchant)),
    ),
    stored(
      'cart',
      ShippingRate,
      merchants.flatMap(({ rates }) =>
        rates.map(({ id, countries, freeFrom, ...rate }) => ({ _id: id, createdAt: calendar.before(OPENED), ...rate, countries: [...countries], freeFrom })),
      ),
    ),
  ];
}

const idleMerchant = (index: number) => ({
  id: demoId('merch', APPLIED - 100 - index, `idle ${index}`),
  ownerId: demoId('user', APPLIED + DAY - 100 - index, `idle owner ${index}`),
  email: `applicant${index + 1}@example.test`,
});

function ownerOf({ calendar, passwordHash }: Demo, { ownerId, email }: Pick<DemoMerchant, 'ownerId' | 'email'>, displayName: string): Stored<User> {
  const username = at(email.split('@'), 0);
  return {
    _id: ownerId,
    createdAt: calendar.before(APPLIED + DAY),
    ...newUser(displayName, passwordHash),
    username,
    usernameKey: username,
    email,
    emailKey: email,
    locale: 'zh-CN',
    acceptedTermsVersion: '2025-01',
  };
}

type Described = Pick<DemoMerchant, 'id' | 'ownerId' | 'name' | 'slug' | 'words'>;

function merchantDocument(
  { calendar }: Demo,
  { id, ownerId, name, slug, words }: Described,
  status: 'ACTIVE' | 'SUSPENDED' | 'UNDER_REVIEW',
  statusReason: string | null,
): Stored<Merchant> {
  const reviewedAt = status === 'UNDER_REVIEW' ? null : calendar.before(OPENED);
  const submitted = calendar.before(APPLIED);
  return {
    _id: id,
    createdAt: submitted,
    slug,
    name,
    searchWords: searchWordsOf(name),
    kind: words.kind,
    status,
    statusReason,
    countryCode: words.country,
    settlementCurrency: at(words.currencies, 0),
    legalName: words.legalName,
    registrationNumber: words.kind === 'BUSINESS' ? `DEMO-${id.slice(-8)}` : null,
    documentMediaIds: [],
    description: status === 'ACTIVE' ? { ...words.about } : {},
    logoMediaId: null,
    refundPolicy: { ...words.policy, text: { ...words.policy.text } },
    application: { submittedAt: submitted, reviewedAt, rejectionReasons: [] },
    members: [{ userId: ownerId, role: 'OWNER', joinedAt: submitted }],
    joinedAt: reviewedAt,
    payoutAccount: status === 'ACTIVE' ? payoutAccountOf(id, at(words.currencies, 0)) : null,
  };
}

const payoutAccountOf = (merchantId: string, currency: string): StoredPayoutAccount => ({
  provider: 'bank',
  token: `demo-${merchantId}`,
  maskedAccount: `•••• ${merchantId.slice(-4)}`,
  currency,
  status: 'VERIFIED',
  statusReason: 'As in the papers.',
  version: 2,
});

const standingOf = ({ id, slug, name, words }: Described | Omit<Described, 'ownerId'>, status: string): Stored<MerchantStanding> => ({
  _id: id,
  slug,
  name,
  kind: words.kind,
  status,
  decisions: 0,
});

const WEEK: readonly OpeningHours[] = [1, 2, 3, 4, 5, 6, 7].map((dayOfWeek) => ({ dayOfWeek, opens: dayOfWeek > 5 ? '09:00' : '08:00', closes: '20:00' }));

const locationsOf = ({ calendar }: Demo, { id, words, locationIds }: DemoMerchant): Stored<Location>[] =>
  words.places.map(({ name, region, city, line1, postalCode, longitude, latitude, offersPickup = false }, index) => ({
    _id: at(locationIds, index),
    createdAt: calendar.before(OPENED - HOUR),
    merchantId: id,
    name,
    address: { recipientName: words.legalName, phone: words.phone, countryCode: words.country, region, city, line1, postalCode },
    geo: { type: 'Point', coordinates: [longitude, latitude] },
    openingHours: offersPickup ? [...WEEK] : [],
    timeZone: words.timeZone,
    offersPickup,
    isActive: true,
  }));
