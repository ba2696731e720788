import type { Price, SelectedOption } from '../../subgraphs/product/catalogue/domain.ts';
import { slugOf } from '../../subgraphs/product/catalogue/domain.ts';
import { DAY, HOUR } from './calendar.ts';
import { demoId } from './ids.ts';
import { type DemoMerchant, merchantsOf } from './merchants.ts';
import { BLOCK, districtOf, historyOf } from './plan.ts';
import { at, cycled, type Random, randomOf } from './random.ts';
import { NOUNS, type Noun } from './words/goods.ts';
import { OPTIONS, type OptionWords } from './words/options.ts';
import { BRANDS, ORIGINS, QUALITIES, SENTENCES, SERIES } from './words/qualities.ts';
import { type Both, filled, joined } from './words/text.ts';

export interface DemoVariant {
  readonly id: string;
  readonly productId: string;
  readonly merchant: DemoMerchant;
  readonly sku: string;
  readonly position: number;
  readonly selectedOptions: readonly SelectedOption[];
  readonly prices: readonly Price[];
  readonly barcode: string | null;
  readonly weightGrams: number | null;
}

export type Standing = 'ACTIVE' | 'DRAFT' | 'INACTIVE' | 'ARCHIVED' | 'PENDING_REVIEW';

export interface DemoProduct {
  readonly id: string;
  /** Over the whole shop, from 0. */
  readonly number: number;
  readonly merchant: DemoMerchant;
  readonly noun: Noun;
  readonly status: Standing;
  readonly title: Both;
  readonly description: Both;
  readonly brand: Both;
  readonly slug: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
  readonly options: readonly { readonly name: string; readonly values: readonly { readonly name: string }[] }[];
  readonly variants: readonly DemoVariant[];
  /** How long ago it was made, in milliseconds. */
  readonly age: number;
  readonly isNew: boolean;
}

/** Whose the products of a block are, and how many variants each has: twenty and fifty in all. */
const MERCHANT_OF = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7];
const VARIANTS_OF = [3, 2, 3, 4, 3, 2, 4, 3, 2, 3, 3, 3, 3, 2, 2, 2, 2, 2, 1, 1];

export function productsOf(block: number): DemoProduct[] {
  const merchants = merchantsOf(districtOf(block));
  return MERCHANT_OF.map((kind, index) => productOf(block, index, at(merchants, kind)));
}

/** One product of each block has come only lately, and nobody has ordered it yet. */
const NEW_INDEX = 8;

function ageOf(block: number, index: number, status: Standing, random: Random): number {
  const wasShown = status !== 'DRAFT' && status !== 'PENDING_REVIEW';
  const days = !wasShown ? 3 : index === NEW_INDEX ? random.int(1, 40) : historyOf(block) + random.int(0, 14);
  // The last part keeps products of one block apart.
  return days * DAY + random.int(0, 23) * HOUR + index;
}

/** One in a hundred is not for sale: a draft, withdrawn or archived; of second-hand goods some wait for staff. */
function standingOf(number: number, { words }: DemoMerchant): Standing {
  if (words.sells === 'C2C_LISTING' && number % 160 === 159) return 'PENDING_REVIEW';
  return ({ 31: 'DRAFT', 63: 'INACTIVE', 92: 'ARCHIVED' } as const)[number % 300] ?? 'ACTIVE';
}

function productOf(block: number, index: number, merchant: DemoMerchant): DemoProduct {
  const number = block * BLOCK.products + index;
  const variantCount = at(VARIANTS_OF, index);
  const random = randomOf('product', number);
  const noun = cycled(at(NOUNS, merchant.kind), random.int(0, 999));
  const brand = random.pick(at(BRANDS, merchant.kind));
  const series = random.pick(SERIES);
  const { word: quality, of } = random.pick(at(QUALITIES, merchant.kind));
  const status = standingOf(number, merchant);
  const age = ageOf(block, index, status, random);
  const id = demoId('prod', age, number);
  const words = { quality, series, brand, product: noun.name };
  const title = { en: capitalized(`${brand.en} ${series.en} ${quality.en} ${noun.name.en}`), zh: `${brand.zh} ${series.zh} ${quality.zh}${noun.name.zh}` };
  const sentences = [at(SENTENCES, 0), ...random.shuffled(SENTENCES.slice(1)).slice(0, 3)].map((sentence) => filled(sentence, words));
  const options = optionsFor(noun, variantCount);
  return {
    id,
    number,
    merchant,
    noun,
    status,
    title,
    description: { en: sentences.map(({ en }) => capitalized(en)).join(' '), zh: sentences.map(({ zh }) => zh).join('') },
    brand,
    slug: `${slugOf(title.en)}-${number + 1}`,
    attributes: [
      { key: joined(of), value: joined(quality) },
      { key: 'Series 系列', value: joined(series) },
      ...(ORIGINS[merchant.words.country] ? [{ key: 'Origin 产地', value: joined(ORIGINS[merchant.words.country] ?? series) }] : []),
    ],
    options: options.map(({ words: option, count }) => ({
      name: joined(option.name),
      values: option.values.slice(0, count).map(({ name }) => ({ name: joined(name) })),
    })),
    variants: variantsFor({ id, number, merchant, noun }, options, variantCount, random, age),
    age,
    isNew: index === NEW_INDEX,
  };
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface Choice {
  readonly words: OptionWords;
  readonly count: number;
}

/** Four variants of goods with two choices are two by two; one variant needs no choice. */
function optionsFor({ options: [first, second] }: Noun, count: number): Choice[] {
  if (count === 1) return [];
  if (count === 4 && second)
    return [
      { words: OPTIONS[first], count: 2 },
      { words: OPTIONS[second], count: 2 },
    ];
  return [{ words: OPTIONS[first], count }];
}

function variantsFor(
  { id: productId, number, merchant, noun }: Pick<DemoProduct, 'id' | 'number' | 'merchant' | 'noun'>,
  options: readonly Choice[],
  count: number,
  random: Random,
  age: number,
): DemoVariant[] {
  const [min, max] = noun.price;
  const yuan = min + Math.round((max - min) * random.next() ** 2);
  const reduced = random.chance(0.2) ? random.int(11, 16) / 10 : null;
  return Array.from({ length: count }, (_, position) => {
    const chosen = options.map(({ words, count: values }, index) => {
      const place = options.length === 1 ? position : index === 0 ? Math.floor(position / 2) : position % 2;
      return { name: joined(words.name), value: cycled(words.values, place % values) };
    });
    const factor = chosen.reduce((product, { value }) => product * value.factor, 1);
    return {
      id: demoId('var', age - position, `${number} ${position}`),
      productId,
      merchant,
      sku: `${noun.key.toUpperCase()}-${String(number + 1).padStart(6, '0')}-${position + 1}`,
      position,
      selectedOptions: chosen.map(({ name, value }) => ({ name, value: joined(value.name) })),
      prices: merchant.words.currencies.map((currency, index) => priceIn(currency, yuan * factor, index === 0 ? reduced : null)),
      barcode: merchant.words.sells === 'PHYSICAL' ? barcodeOf(number * 10 + position) : null,
      weightGrams: merchant.words.sells === 'DIGITAL' ? null : Math.round(noun.grams * factor),
    };
  });
}

/** What a yuan costs elsewhere, in that currency's minor units, and to how many of them prices are rounded. */
const MARKETS: Readonly<Record<string, { readonly perYuan: number; readonly step: number; readonly less: number }>> = {
  CNY: { perYuan: 100, step: 100, less: 10 },
  USD: { perYuan: 14, step: 100, less: 1 },
  EUR: { perYuan: 13, step: 100, less: 1 },
  JPY: { perYuan: 21, step: 10, less: 0 },
};

function priceIn(currency: string, yuan: number, reduced: number | null): Price {
  const { perYuan, step, less } = MARKETS[currency] ?? { perYuan: 100, step: 1, less: 0 };
  const rounded = (amount: number) => Math.max(step, Math.round(amount / step) * step) - less;
  const amount = rounded(yuan * perYuan);
  return { currency, amount, compareAtAmount: reduced === null ? null : rounded(yuan * perYuan * reduced) + step };
}

/** Thirteen digits, the last of which checks the others. */
function barcodeOf(number: number): string {
  const digits = `690${String(number).padStart(9, '0')}`;
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
