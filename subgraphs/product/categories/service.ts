import type { EntityManager } from '@mikro-orm/mongodb';
import { notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { schedule } from '#platform/jobs.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import { type LocalizedTextInput, localizedText, textProblems } from '../texts.ts';
import { isSlug, pathBelow, placementProblem, slugProblem, slugTakenError } from './domain.ts';
import { Category } from './entities.ts';

export interface CategoryUpsertInput {
  readonly id?: string | null | undefined;
  readonly slug: string;
  readonly name: readonly LocalizedTextInput[];
  readonly parentId?: string | null | undefined;
  readonly position?: number | null | undefined;
  readonly commissionRateBps?: number | null | undefined;
}

interface Outcome {
  readonly categoryId: string | null;
  readonly userErrors: UserErrorData[];
}

const refused = (...userErrors: UserErrorData[]): Outcome => ({ categoryId: null, userErrors });

/** The kind of job that renews the category paths of products after a category moved; its subject is the category. */
export const CATEGORY_MOVED = 'category-moved';

export async function upsertCategory({ em }: RequestScope, input: CategoryUpsertInput): Promise<Outcome> {
  const problems = inputProblems(input);
  if (problems.length > 0) return refused(...problems);
  try {
    return await transaction(em, (tx) => write(tx, input));
  } catch (error) {
    if (isDuplicateKey(error)) return refused(slugTakenError(['input', 'slug']));
    throw error;
  }
}

function inputProblems({ slug, name, position, commissionRateBps }: CategoryUpsertInput): UserErrorData[] {
  const rate = commissionRateBps ?? 0;
  return [
    ...(isSlug(slug) ? [] : [slugProblem(['input', 'slug'])]),
    ...textProblems(name, ['input', 'name'], { max: 120, isRequired: true }),
    ...((position ?? 0) >= 0 ? [] : [validationError(['input', 'position'], { en: 'Must be 0 or more.', zh: '须大于或等于 0。' }, 'RANGE')]),
    ...(rate >= 0 && rate <= 10_000
      ? []
      : [validationError(['input', 'commissionRateBps'], { en: 'Must be from 0 to 10000.', zh: '须在 0 到 10000 之间。' }, 'RANGE')]),
  ];
}

async function write(tx: EntityManager, input: CategoryUpsertInput): Promise<Outcome> {
  const current = input.id == null ? null : await tx.findOne(Category, { _id: input.id });
  if (input.id != null && !current) return refused(notFoundError(['input', 'id'], { en: 'The category', zh: '该分类' }));
  const parent = input.parentId == null ? null : await tx.findOne(Category, { _id: input.parentId });
  if (input.parentId != null && !parent) return refused(notFoundError(['input', 'parentId'], { en: 'The parent category', zh: '父分类' }));

  const below = current ? await findRows(tx, Category, { path: current._id }, ['path']) : [];
  const height = Math.max(0, ...below.map(({ path }) => path.length - (current?.path.length ?? 0)));
  const place = parent && { id: parent._id, path: parent.path };
  const problem = placementProblem(current?._id ?? null, place, height);
  if (problem) return refused(problem);

  const values = {
    slug: input.slug,
    name: localizedText(input.name),
    parentId: parent?._id ?? null,
    path: pathBelow(place),
    position: input.position ?? current?.position ?? 0,
    commissionRateBps: input.commissionRateBps ?? null,
  };
  // A parent that moves at the same time makes one of the two repeat.
  if (parent) await rawCollection(tx, Category).updateOne({ _id: parent._id }, { $inc: { placements: 1 } }, sessionOf(tx));
  if (!current) {
    const created = tx.create(Category, values);
    await tx.flush();
    return { categoryId: created._id, userErrors: [] };
  }
  const oldPath = current.path;
  tx.assign(current, values);
  if (oldPath.join() !== values.path.join()) await moveDescendants(tx, current._id, oldPath.length, values.path, below);
  return { categoryId: current._id, userErrors: [] };
}

async function moveDescendants(
  tx: EntityManager,
  categoryId: string,
  oldDepth: number,
  path: readonly string[],
  below: readonly { id: string; path: readonly string[] }[],
): Promise<void> {
  if (below.length > 0) {
    await rawCollection(tx, Category).bulkWrite(
      below.map((category) => ({ updateOne: { filter: { _id: category.id }, update: { $set: { path: [...path, ...category.path.slice(oldDepth)] } } } })),
      sessionOf(tx),
    );
  }
  await schedule(tx, { kind: CATEGORY_MOVED, subjectId: categoryId, runAt: new Date() });
}
