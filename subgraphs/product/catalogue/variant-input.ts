import { type UserErrorData, validationError } from '#platform/errors.ts';
import type { Money } from '#platform/money.ts';
import { lengthProblems } from '../texts.ts';
import { combinationKey, type Price, type SelectedOption } from './domain.ts';
import type { ProductOption, QuantityRule } from './entities.ts';
import { tooMany } from './product-input.ts';

type Path = readonly (string | number)[];
type Maybe<T> = T | null | undefined;

export interface OptionInput {
  readonly name: string;
  readonly values: readonly string[];
}

export interface VariantInput {
  readonly id?: Maybe<string>;
  readonly sku: string;
  readonly selectedOptions?: Maybe<readonly SelectedOption[]>;
  readonly price: Money;
  readonly prices?: Maybe<readonly Money[]>;
  readonly compareAtPrice?: Maybe<Money>;
  readonly mediaIds?: Maybe<readonly string[]>;
  readonly quantityRule?: Maybe<{ readonly minimum?: Maybe<number>; readonly maximum?: Maybe<number>; readonly increment?: Maybe<number> }>;
  readonly barcode?: Maybe<string>;
  readonly weightGrams?: Maybe<number>;
  readonly taxCategory?: Maybe<string>;
  readonly requiresShipping?: Maybe<boolean>;
  readonly isActive?: Maybe<boolean>;
}

const MAX_OPTIONS = 3;
const MAX_VALUES = 30;
const MAX_VARIANTS = 100;
const MAX_CURRENCIES = 10;
const MAX_QUANTITY = 999;
/** So that the largest line, 999 of them, still counts exactly. */
const MAX_PRICE = 9_000_000_000_000;

export const optionsOf = (inputs: readonly OptionInput[]): ProductOption[] =>
  inputs.map(({ name, values }) => ({ name: name.trim(), values: values.map((value) => ({ name: value.trim() })) }));

export function optionProblems(options: readonly ProductOption[]): UserErrorData[] {
  const path = ['input', 'options'];
  if (options.length > MAX_OPTIONS) return [tooMany(path, MAX_OPTIONS)];
  return [
    ...repetitions(
      options.map(({ name }) => name),
      (index) => [...path, index, 'name'],
    ),
    ...options.flatMap(({ name, values }, index) => [
      ...lengthProblems(name, [...path, index, 'name'], 1, 60),
      ...(values.length < 1 ? [validationError([...path, index, 'values'], { en: 'Give at least one value.', zh: '至少提供一个值。' }, 'REQUIRED')] : []),
      ...(values.length > MAX_VALUES ? [tooMany([...path, index, 'values'], MAX_VALUES)] : []),
      ...values.flatMap((value, position) => lengthProblems(value.name, [...path, index, 'values', position], 1, 60)),
      ...repetitions(
        values.map((value) => value.name),
        (position) => [...path, index, 'values', position],
      ),
    ]),
  ];
}

function repetitions(values: readonly string[], pathOf: (index: number) => Path): UserErrorData[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index ? [validationError(pathOf(index), { en: `"${value}" is given twice.`, zh: `“${value}”重复。` }, 'DUPLICATE')] : [],
  );
}

/** What is wrong with a product's variants as a whole and one by one. `mediaIds` are those of the product. */
export function variantProblems(variants: readonly VariantInput[], options: readonly ProductOption[], mediaIds: readonly string[]): UserErrorData[] {
  const path = ['input', 'variants'];
  if (variants.length < 1) return [validationError(path, { en: 'Give at least one variant.', zh: '至少提供一个规格。' }, 'REQUIRED')];
  if (variants.length > MAX_VARIANTS) return [tooMany(path, MAX_VARIANTS)];
  const combinations = variants.map(({ selectedOptions }) => combinationKey(trimmed(selectedOptions ?? [])));
  return [
    ...repetitions(
      variants.map(({ sku }) => sku.trim()),
      (index) => [...path, index, 'sku'],
    ),
    ...combinations.flatMap((key, index) =>
      combinations.indexOf(key) < index
        ? [
            validationError(
              [...path, index, 'selectedOptions'],
              { en: 'Another variant has the same option values.', zh: '已有规格使用相同的选项值。' },
              'DUPLICATE',
            ),
          ]
        : [],
    ),
    ...variants.flatMap((variant, index) => [
      ...identityProblems(variant, [...path, index]),
      ...choiceProblems(trimmed(variant.selectedOptions ?? []), options, [...path, index, 'selectedOptions']),
      ...priceProblems(variant, [...path, index]),
      ...quantityProblems(variant, [...path, index, 'quantityRule']),
      ...(variant.mediaIds ?? []).flatMap((id, position) =>
        mediaIds.includes(id)
          ? []
          : [validationError([...path, index, 'mediaIds', position], { en: "Must be one of the product's media.", zh: '须为该商品的媒体之一。' }, 'NOT_FOUND')],
      ),
    ]),
  ];
}

const trimmed = (options: readonly SelectedOption[]): SelectedOption[] => options.map(({ name, value }) => ({ name: name.trim(), value: value.trim() }));

function identityProblems({ sku, barcode, weightGrams, taxCategory }: VariantInput, path: Path): UserErrorData[] {
  const weight = weightGrams ?? 0;
  return [
    ...lengthProblems(sku, [...path, 'sku'], 1, 64),
    ...(barcode == null ? [] : lengthProblems(barcode, [...path, 'barcode'], 0, 64)),
    ...(taxCategory == null ? [] : lengthProblems(taxCategory, [...path, 'taxCategory'], 1, 40)),
    ...(weight >= 0 && weight <= 10_000_000
      ? []
      : [validationError([...path, 'weightGrams'], { en: 'Must be from 0 to 10000000.', zh: '须在 0 到 10000000 之间。' }, 'RANGE')]),
  ];
}

function choiceProblems(selected: readonly SelectedOption[], options: readonly ProductOption[], path: Path): UserErrorData[] {
  const isComplete =
    selected.length === options.length &&
    options.every(({ name, values }) => selected.some((choice) => choice.name === name && values.some((value) => value.name === choice.value)));
  if (isComplete) return [];
  const wanted = options.map(({ name }) => name).join(', ');
  return options.length === 0
    ? [validationError(path, { en: 'The product has no options, so there is nothing to select.', zh: '该商品没有选项，无需选择。' }, 'OPTIONS')]
    : [
        validationError(
          path,
          { en: `Select one of the listed values of each option: ${wanted}.`, zh: `请为每个选项选择一个已列出的值：${wanted}。` },
          'OPTIONS',
        ),
      ];
}

function priceProblems({ price, prices, compareAtPrice }: VariantInput, path: Path): UserErrorData[] {
  const all = [price, ...(prices ?? [])];
  const pathOf = (index: number): Path => (index === 0 ? [...path, 'price'] : [...path, 'prices', index - 1]);
  const problems: UserErrorData[] = all.flatMap(({ amount }, index) =>
    amount >= 0 && amount <= MAX_PRICE
      ? []
      : [
          validationError(
            [...pathOf(index), 'amount'],
            { en: `Must be from 0 to ${MAX_PRICE} minor units.`, zh: `须在 0 到 ${MAX_PRICE} 个最小货币单位之间。` },
            'RANGE',
          ),
        ],
  );
  problems.push(
    ...repetitions(
      all.map(({ currency }) => currency),
      (index) => [...pathOf(index), 'currency'],
    ),
  );
  if (all.length > MAX_CURRENCIES) problems.push(tooMany([...path, 'prices'], MAX_CURRENCIES - 1));
  if (compareAtPrice && compareAtPrice.currency !== price.currency) {
    problems.push(
      validationError(
        [...path, 'compareAtPrice', 'currency'],
        { en: `Must be ${price.currency}, as the price is.`, zh: `须与价格币种 ${price.currency} 一致。` },
        'CURRENCY',
      ),
    );
  } else if (compareAtPrice && (compareAtPrice.amount <= price.amount || compareAtPrice.amount > MAX_PRICE)) {
    problems.push(validationError([...path, 'compareAtPrice', 'amount'], { en: 'Must be more than the price.', zh: '须高于售价。' }, 'RANGE'));
  }
  return problems;
}

function quantityProblems({ quantityRule }: VariantInput, path: Path): UserErrorData[] {
  if (!quantityRule) return [];
  const { minimum, maximum, increment } = ruleOf(quantityRule);
  const isSound =
    minimum >= 1 &&
    increment >= 1 &&
    minimum % increment === 0 &&
    (maximum === null || maximum >= minimum) &&
    Math.max(minimum, maximum ?? 0, increment) <= MAX_QUANTITY;
  if (isSound) return [];
  return [
    validationError(
      path,
      {
        en: `Minimum, maximum and increment are from 1 to ${MAX_QUANTITY}; the minimum is a multiple of the increment and not more than the maximum.`,
        zh: `最小值、最大值和步长须在 1 到 ${MAX_QUANTITY} 之间；最小值须为步长的倍数且不大于最大值。`,
      },
      'RANGE',
    ),
  ];
}

const ruleOf = (rule: VariantInput['quantityRule']): QuantityRule => ({
  minimum: rule?.minimum ?? 1,
  maximum: rule?.maximum ?? null,
  increment: rule?.increment ?? 1,
});

/** What is stored of a variant; `earlier` prices stay where the input does not speak of further currencies. */
export function variantValues(input: VariantInput, earlier: readonly Price[] = []) {
  const { price, prices, compareAtPrice, quantityRule } = input;
  const own: Price = { currency: price.currency, amount: price.amount, compareAtAmount: compareAtPrice?.amount ?? null };
  const further: readonly Price[] = prices
    ? prices.map(({ currency, amount }) => ({ currency, amount, compareAtAmount: null }))
    : earlier.filter(({ currency }) => currency !== own.currency);
  return {
    sku: input.sku.trim(),
    selectedOptions: trimmed(input.selectedOptions ?? []),
    prices: [own, ...further],
    quantityRule: ruleOf(quantityRule),
    mediaIds: input.mediaIds ?? [],
    barcode: input.barcode ?? null,
    weightGrams: input.weightGrams ?? null,
    taxCategory: input.taxCategory ?? 'standard',
    requiresShipping: input.requiresShipping ?? true,
    isActive: input.isActive ?? true,
  };
}
