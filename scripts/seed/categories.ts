import { Category } from '../../subgraphs/product/categories/entities.ts';
import { DAY } from './calendar.ts';
import { type Demo, type Stored, stored, type Written } from './documents.ts';
import { demoId } from './ids.ts';
import { CATEGORIES, type CategoryWords } from './words/categories.ts';

const MADE = 420 * DAY;

interface Placed {
  readonly id: string;
  readonly slug: string;
  readonly words: CategoryWords;
  readonly position: number;
  /** Ids of the ancestors, the root first. */
  readonly path: readonly string[];
}

const placed = (words: readonly CategoryWords[], path: readonly string[]): Placed[] =>
  words.flatMap((category, position) => {
    const id = demoId('cat', MADE, category.slug);
    return [{ id, slug: category.slug, words: category, position, path }, ...placed(category.below ?? [], [...path, id])];
  });

const ALL = placed(CATEGORIES, []);
const bySlug = new Map(ALL.map((category) => [category.slug, category]));

function categoryOf(slug: string): Placed {
  const category = bySlug.get(slug);
  if (!category) throw new Error(`there is no demo category ${slug}`);
  return category;
}

export const categoryIdsOf = (slugs: readonly string[]): string[] => slugs.map((slug) => categoryOf(slug).id);

/** The categories with all their ancestors, each once. */
export const categoryPathOf = (slugs: readonly string[]): string[] => [
  ...new Set(
    slugs.flatMap((slug) => {
      const { id, path } = categoryOf(slug);
      return [...path, id];
    }),
  ),
];

const COMMISSION_BPS = 500;

export function categoryDocuments({ calendar }: Demo): Written[] {
  const documents = ALL.map(
    ({ id, slug, words, position, path }): Stored<Category> => ({
      _id: id,
      createdAt: calendar.before(MADE),
      slug,
      name: { ...words.name },
      parentId: path.at(-1) ?? null,
      path: [...path],
      position,
      commissionRateBps: path.length === 0 ? COMMISSION_BPS : null,
      placements: words.below?.length ?? 0,
    }),
  );
  return [stored('product', Category, documents)];
}
