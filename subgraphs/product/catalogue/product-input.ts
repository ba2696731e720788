import { type UserErrorData, validationError } from '#platform/errors.ts';
import { isSlug, slugProblem } from '../categories/domain.ts';
import { type LocalizedTextInput, lengthProblems, textProblems } from '../texts.ts';
import { FULFILMENT_OF_KIND, type FulfilmentMode, type ProductKind } from './domain.ts';

type Path = readonly (string | number)[];
type Maybe<T> = T | null | undefined;

export interface AttributeInput {
  readonly key: string;
  readonly value: string;
}

/** What describes a product; all of it may be absent in an update. */
export interface DescriptionInput {
  readonly title?: Maybe<readonly LocalizedTextInput[]>;
  readonly description?: Maybe<readonly LocalizedTextInput[]>;
  readonly slug?: Maybe<string>;
  readonly brand?: Maybe<string>;
  readonly categoryIds?: Maybe<readonly string[]>;
  readonly attributes?: Maybe<readonly AttributeInput[]>;
  readonly mediaIds?: Maybe<readonly string[]>;
  readonly fulfilmentModes?: Maybe<readonly FulfilmentMode[]>;
}

const MAX_CATEGORIES = 5;
const MAX_MEDIA = 12;
const MAX_ATTRIBUTES = 50;

export const tooMany = (path: Path, max: number): UserErrorData => validationError(path, { en: `Give at most ${max}.`, zh: `最多 ${max} 个。` }, 'TOO_MANY');

const INPUT = ['input'];

export function descriptionProblems(input: DescriptionInput, kind: ProductKind): UserErrorData[] {
  return [
    ...(input.title ? textProblems(input.title, [...INPUT, 'title'], { max: 200, isRequired: true }) : []),
    ...(input.description ? textProblems(input.description, [...INPUT, 'description'], { max: 20_000, isRequired: false }) : []),
    ...(input.slug != null && !isSlug(input.slug) ? [slugProblem([...INPUT, 'slug'])] : []),
    ...(input.brand != null ? lengthProblems(input.brand, [...INPUT, 'brand'], 0, 80) : []),
    ...(input.categoryIds ? idProblems(input.categoryIds, [...INPUT, 'categoryIds'], MAX_CATEGORIES) : []),
    ...(input.mediaIds ? mediaIdProblems(input.mediaIds, [...INPUT, 'mediaIds']) : []),
    ...(input.attributes ? attributeProblems(input.attributes) : []),
    ...(input.fulfilmentModes ? fulfilmentProblems(input.fulfilmentModes, kind) : []),
  ];
}

export const mediaIdProblems = (ids: readonly string[], path: Path): UserErrorData[] => idProblems(ids, path, MAX_MEDIA);

function idProblems(ids: readonly string[], path: Path, max: number): UserErrorData[] {
  const repeated = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  return [
    ...(ids.length > max ? [tooMany(path, max)] : []),
    ...(repeated >= 0 ? [validationError([...path, repeated], { en: 'This id is given twice.', zh: '该 ID 重复。' }, 'DUPLICATE')] : []),
  ];
}

function attributeProblems(attributes: readonly AttributeInput[]): UserErrorData[] {
  const path = [...INPUT, 'attributes'];
  if (attributes.length > MAX_ATTRIBUTES) return [tooMany(path, MAX_ATTRIBUTES)];
  return attributes.flatMap(({ key, value }, index) => [
    ...lengthProblems(key, [...path, index, 'key'], 1, 60),
    ...lengthProblems(value, [...path, index, 'value'], 1, 500),
  ]);
}

function fulfilmentProblems(modes: readonly FulfilmentMode[], kind: ProductKind): UserErrorData[] {
  const path = [...INPUT, 'fulfilmentModes'];
  const allowed = FULFILMENT_OF_KIND[kind];
  const isPossible = modes.length > 0 && modes.every((mode) => allowed.includes(mode));
  return isPossible
    ? []
    : [
        validationError(
          path,
          { en: `For ${kind} give one or more of ${allowed.join(', ')}.`, zh: `类型 ${kind} 须为以下一种或多种：${allowed.join('、')}。` },
          'FULFILMENT',
        ),
      ];
}
