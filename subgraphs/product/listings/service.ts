import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { idempotent, type Complete } from '#platform/idempotency.ts';
import { principalOf } from '#platform/identity.ts';
import type { Money } from '#platform/money.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { mayEditCatalogue } from '../access.ts';
import type { FulfilmentMode, ItemCondition } from '../catalogue/domain.ts';
import type { Product } from '../catalogue/entities.ts';
import { descriptionProblems } from '../catalogue/product-input.ts';
import { merchantNotActive, wait } from '../catalogue/publishing.ts';
import { insertProduct, type ProductDraft } from '../catalogue/service.ts';
import { variantProblems } from '../catalogue/variant-input.ts';
import { type ProductOutcome, refused } from '../catalogue/writing.ts';
import { receiveFirst } from '../inventory/first-stock.ts';
import { Location } from '../locations/entities.ts';
import { currentStanding, isTrading, type Standing } from '../merchants/service.ts';
import { lengthProblems } from '../texts.ts';

export interface ListingCreateInput {
  readonly merchantId: string;
  readonly title: string;
  readonly description: string;
  readonly condition: ItemCondition;
  readonly price: Money;
  readonly mediaIds: readonly string[];
  readonly categoryId: string;
  readonly cityName: string;
  readonly fulfilmentModes: readonly FulfilmentMode[];
  readonly idempotencyKey: string;
}

export async function createListing(context: RequestScope, input: ListingCreateInput): Promise<ProductOutcome> {
  const { em, identity } = context;
  if (!mayEditCatalogue(identity, input.merchantId)) return refused(merchantNotFound());
  const outcome = await idempotent<ProductOutcome>({ em, identity, field: 'listingCreate', key: input.idempotencyKey, args: input }, (complete) =>
    insertListing(context, input, complete),
  );
  return 'conflict' in outcome ? refused(outcome.conflict) : outcome.result;
}

const merchantNotFound = (): UserErrorData => notFoundError(['input', 'merchantId'], { en: 'The merchant', zh: '该商家' });

async function insertListing(context: RequestScope, input: ListingCreateInput, complete: Complete<ProductOutcome>): Promise<ProductOutcome> {
  const draft = draftOf(input, context.request.locale);
  const problems = listingProblems(input, draft);
  if (problems.length > 0) return refused(...problems);
  const standing = await currentStanding(context.em, context.siblings, input.merchantId);
  if (!standing) return refused(merchantNotFound());
  if (!isTrading(standing.status)) return refused(merchantNotActive(standing.status, ['input', 'merchantId']));
  const { condition, cityName } = input;
  return insertProduct(context, draft, { condition, acceptsOffers: false, cityName: cityName.trim() }, complete, async (tx, product, [variantId]) => {
    wait(product);
    if (variantId !== undefined) await putOne(tx, product, variantId, standing, cityName.trim(), principalOf(context.identity));
  });
}

function draftOf({ merchantId, title, description, price, mediaIds, categoryId, fulfilmentModes }: ListingCreateInput, locale: string): ProductDraft {
  return {
    merchantId,
    kind: 'C2C_LISTING',
    title: [{ locale, value: title }],
    description: [{ locale, value: description }],
    categoryIds: [categoryId],
    mediaIds,
    fulfilmentModes,
    variants: [{ sku: newId('LISTING'), price, quantityRule: { minimum: 1, maximum: 1, increment: 1 } }],
  };
}

function listingProblems({ cityName, mediaIds }: ListingCreateInput, draft: ProductDraft): UserErrorData[] {
  return [
    ...descriptionProblems(draft, draft.kind).map(ofListing),
    ...variantProblems(draft.variants, [], mediaIds).map(ofListing),
    ...(mediaIds.length === 0 ? [validationError(['input', 'mediaIds'], { en: 'Show at least one picture.', zh: '请至少提供一张图片。' }, 'REQUIRED')] : []),
    ...lengthProblems(cityName, ['input', 'cityName'], 1, 80),
  ];
}

/** A listing has one title, one description and one variant: its paths do not name which. */
function ofListing(problem: UserErrorData): UserErrorData {
  const [input = '', field = '', ...rest] = problem.path ?? [];
  if (field === 'title' || field === 'description') return { ...problem, path: [input, field] };
  return field === 'variants' ? { ...problem, path: [input, ...rest.slice(1)] } : problem;
}

/** The item lies in its city: at the merchant's place there, which is made with the first item. */
async function putOne(
  tx: EntityManager,
  product: Product,
  variantId: string,
  { merchantId, name, countryCode }: Standing,
  city: string,
  actor: string,
): Promise<void> {
  const places = await tx.find(Location, { merchantId, isActive: true }, { orderBy: { _id: 1 } });
  const place =
    places.find(({ address }) => address.city === city) ??
    tx.create(Location, {
      merchantId,
      name: city,
      address: { recipientName: name, countryCode, city, line1: city },
      geo: null,
      openingHours: [],
      timeZone: 'UTC',
      offersPickup: false,
      isActive: true,
    });
  await tx.flush();
  const cause = { reason: 'RECEIVED', reference: product._id, note: null, actor } as const;
  await receiveFirst(tx, { variantId, locationId: place._id, productId: product._id, merchantId }, 1, cause);
}
