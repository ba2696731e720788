import type { Document, Filter } from 'mongodb';
import { DomainError } from './errors.ts';

export interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** One column of a deterministic order; the last one of every order is the id. */
export interface SortKey {
  readonly field: string;
  readonly direction: 1 | -1;
}

type Row = Document & { _id: string };
type CursorValue = string | number | boolean | null | { date: string };

export interface Page {
  readonly first: number;
  /** One more than asked for, to know whether there is a next page. */
  readonly limit: number;
  readonly sort: Record<string, 1 | -1>;
  /** The keyset condition that continues after the cursor; `{}` on the first page. */
  readonly filter: Filter<Row>;
  readonly keys: readonly SortKey[];
  readonly order: string;
  readonly hasPrevious: boolean;
}

const MAX_PAGE = 100;
const ID: SortKey = { field: '_id', direction: 1 };

/**
 * Reads `first` and `after` for one order of one list. `order` names both (`products:NEWEST`), so that a cursor of
 * another list or order is refused instead of misread.
 */
export function pageOf({ first, after }: PageArgs, order: string, keys: readonly SortKey[], defaultFirst = 20): Page {
  const size = first ?? defaultFirst;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) {
    throw new DomainError('BAD_USER_INPUT', `"first" must be a whole number from 1 to ${MAX_PAGE}; it was ${size}.`, { argument: 'first' });
  }
  const lastDirection = keys.at(-1)?.direction ?? 1;
  const columns = keys.some((key) => key.field === '_id') ? keys : [...keys, { ...ID, direction: lastDirection }];
  const values = after == null ? null : decodeCursor(after, order, columns.length);
  return {
    first: size,
    limit: size + 1,
    sort: Object.fromEntries(columns.map(({ field, direction }) => [field, direction])),
    filter: values ? keysetFilter(columns, values) : {},
    keys: columns,
    order,
    hasPrevious: values !== null,
  };
}

/** Rows that follow the given values: equal in the first k columns and beyond in the next, for each k. */
function keysetFilter(keys: readonly SortKey[], values: readonly unknown[]): Filter<Row> {
  return {
    $or: keys.map(({ field, direction }, index) => ({
      ...Object.fromEntries(keys.slice(0, index).map((key, position) => [key.field, values[position]])),
      [field]: { [direction === 1 ? '$gt' : '$lt']: values[index] },
    })),
  };
}

export interface Connection<T> {
  edges: { readonly cursor: string; node: T }[];
  nodes: T[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

/** Shapes fetched rows (up to `page.limit` of them) into a Relay connection. */
export function connectionOf<R extends { readonly id: string }>(rows: readonly R[], page: Page): Connection<R> {
  const nodes = rows.slice(0, page.first);
  const edges = nodes.map((node) => new PageEdge(page, node));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.hasPrevious,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/**
 * A page of a list that is at hand whole, because it is embedded in its owner: ordered by a number that each element
 * keeps, so that a cursor outlives the element it was made from.
 */
export function connectionOfArray<R extends { readonly id: string } & Readonly<Record<F, number>>, F extends string>(
  rows: readonly R[],
  args: PageArgs,
  order: string,
  field: F,
  defaultFirst = 20,
): Connection<R> {
  const page = pageOf(args, order, [{ field, direction: 1 }], defaultFirst);
  const after = args.after == null ? Number.NEGATIVE_INFINITY : Number(decodeCursor(args.after, order, page.keys.length)[0]);
  const following = rows.filter((row) => row[field] > after).sort((a, b) => a[field] - b[field]);
  return connectionOf(following.slice(0, page.limit), page);
}

/** Its cursor is written when it is asked for: most clients want the last one only. */
class PageEdge<R extends object> {
  readonly #page: Page;
  readonly node: R;

  constructor(page: Page, node: R) {
    this.#page = page;
    this.node = node;
  }

  get cursor(): string {
    return encodeCursor(this.#page, this.node);
  }
}

function encodeCursor(page: Page, row: object): string {
  const values = page.keys.map(({ field }) => toCursorValue(valueAt(row, field === '_id' ? 'id' : field)));
  return Buffer.from(JSON.stringify([page.order, ...values])).toString('base64url');
}

const valueAt = (row: object, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined), row);

function toCursorValue(value: unknown): CursorValue {
  if (value instanceof Date) return { date: value.toISOString() };
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function decodeCursor(cursor: string, order: string, length: number): unknown[] {
  const refuse = (): never => {
    throw new DomainError('BAD_USER_INPUT', '"after" is not a cursor of this list in this order; pass an endCursor that the same query returned.', {
      argument: 'after',
    });
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return refuse();
  }
  if (!Array.isArray(parsed) || parsed[0] !== order || parsed.length !== length + 1) return refuse();
  return parsed.slice(1).map((value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    const date = 'date' in value && typeof value.date === 'string' ? new Date(value.date) : null;
    return date && !Number.isNaN(date.getTime()) ? date : refuse();
  });
}
