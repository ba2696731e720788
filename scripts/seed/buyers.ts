import type { PostalAddress } from '../../subgraphs/cart/shipping/domain.ts';
import { User } from '../../subgraphs/user/accounts/entities.ts';
import { newUser } from '../../subgraphs/user/accounts/service.ts';
import { Address } from '../../subgraphs/user/addresses/entities.ts';
import { DAY, HOUR } from './calendar.ts';
import { type Demo, stored, type Written } from './documents.ts';
import { demoId } from './ids.ts';
import { BLOCK, historyOf } from './plan.ts';
import { type Random, randomOf } from './random.ts';
import { COUNTRIES, type Country, type CountryCode } from './words/people.ts';

export interface DemoBuyer {
  readonly id: string;
  /** Over the whole shop, from 1, as it stands in the e-mail. */
  readonly number: number;
  readonly name: string;
  readonly country: Country & { readonly code: CountryCode };
  readonly addresses: readonly { readonly id: string; readonly label: string; readonly postalAddress: PostalAddress }[];
  readonly age: number;
}

const ELSEWHERE: readonly CountryCode[] = ['DE', 'JP', 'FR', 'JP'];

/** Of five buyers three live in China, one in the United States and one elsewhere. */
const countryOf = (index: number, block: number): CountryCode => (index < 3 ? 'CN' : index === 3 ? 'US' : (ELSEWHERE[block % ELSEWHERE.length] ?? 'DE'));

export const buyersOf = (block: number): DemoBuyer[] =>
  Array.from({ length: BLOCK.buyers }, (_, index) =>
    buyerOf(block * BLOCK.buyers + index + 1, countryOf(index, block), (historyOf(block) + 1) * DAY + index * HOUR),
  );

function buyerOf(number: number, code: CountryCode, age: number): DemoBuyer {
  const random = randomOf('buyer', number);
  const country: DemoBuyer['country'] = COUNTRIES[code];
  const name = country.nameOf(random.pick(country.family), random.pick(country.given));
  const count = random.chance(0.4) ? 2 : 1;
  const addresses = Array.from({ length: count }, (_, index) => ({
    id: demoId('addr', age - index - 1, `${number} ${index}`),
    label: index === 0 ? (code === 'CN' ? '家' : 'Home') : code === 'CN' ? '公司' : 'Office',
    postalAddress: addressOf(random, country, name),
  }));
  return { id: demoId('user', age, `buyer ${number}`), number, name, country, addresses, age };
}

function addressOf(random: Random, country: Country, recipientName: string): PostalAddress {
  const { region, city, district, postalCode, dial } = random.pick(country.places);
  return {
    recipientName,
    phone: `${dial}${String(random.int(0, 99_999_999)).padStart(8, '0')}`.slice(0, 15),
    company: null,
    countryCode: country.code,
    region,
    city,
    district,
    line1: country.lineOf(random.pick(country.streets), random.int(1, 280)),
    line2: null,
    postalCode,
  };
}

export function buyerDocuments({ calendar, passwordHash }: Demo, buyers: readonly DemoBuyer[]): Written[] {
  return [
    stored(
      'user',
      User,
      buyers.map(({ id, number, name, country, age }) => ({
        _id: id,
        createdAt: calendar.before(age),
        ...newUser(name, passwordHash),
        username: `buyer${number}`,
        usernameKey: `buyer${number}`,
        email: `buyer${number}@example.test`,
        emailKey: `buyer${number}@example.test`,
        locale: country.locale,
        currency: country.currency,
        timeZone: country.timeZone,
        acceptedTermsVersion: '2025-01',
      })),
    ),
    stored(
      'user',
      Address,
      buyers.flatMap(({ id: userId, addresses, age }) =>
        addresses.map(({ id, label, postalAddress }, index) => ({
          _id: id,
          createdAt: calendar.before(age - index - 1),
          userId,
          label,
          postalAddress: { ...postalAddress },
          isDefaultShipping: index === 0,
          isDefaultBilling: index === 0,
          updatedAt: calendar.before(age - index - 1),
        })),
      ),
    ),
  ];
}
