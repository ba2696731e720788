import type { Document } from 'mongodb';
import { DomainError } from '#platform/errors.ts';
import { connectionOf, type PageArgs, pageOf, type SortKey } from '#platform/pagination.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { beginningWith } from '../texts.ts';
import { type MerchantKind, type MerchantStatus, wordsOf } from './domain.ts';
import { Merchant } from './entities.ts';
import { MERCHANT_FIELDS } from './loaders.ts';
import type { MerchantConnection } from './sources.ts';

interface MerchantFilter {
  readonly kind?: MerchantKind | null | undefined;
  readonly countryCode?: string | null | undefined;
  readonly search?: string | null | undefined;
}

const MAX_SEARCH = 100;

export function listMerchants(context: Context, { filter, ...page }: PageArgs & { filter?: MerchantFilter | null | undefined }) {
  const { kind, countryCode, search } = filter ?? {};
  return list(
    context,
    { status: 'ACTIVE', ...(kind && { kind }), ...(countryCode && { countryCode }), ...(search && nameFilter(search)) },
    pageOf(page, 'merchants', [{ field: '_id', direction: -1 }]),
  );
}

function nameFilter(search: string): Document {
  if (search.length > MAX_SEARCH)
    throw new DomainError('BAD_USER_INPUT', `"search" must have at most ${MAX_SEARCH} characters.`, { argument: 'filter.search' });
  const words = wordsOf(search);
  if (words.length === 0) return { _id: { $in: [] } };
  return { $and: words.map((word) => ({ searchWords: { $elemMatch: beginningWith(word) } })) };
}

const LONGEST_WAITING: readonly SortKey[] = [{ field: 'application.submittedAt', direction: 1 }];

export const listApplications = (context: Context, { status, ...page }: PageArgs & { status?: MerchantStatus | null | undefined }) =>
  list(context, { status: status ?? 'UNDER_REVIEW' }, pageOf(page, 'merchantApplications', LONGEST_WAITING));

async function list({ em }: Context, filter: Document, page: ReturnType<typeof pageOf>): Promise<MerchantConnection> {
  const rows = await findRows(em, Merchant, { $and: [filter, page.filter] }, MERCHANT_FIELDS, { sort: page.sort, limit: page.limit });
  return { ...connectionOf(rows, page), filter };
}

export const countMerchants = ({ em }: Context, { filter }: MerchantConnection): Promise<number> => rawCollection(em, Merchant).countDocuments(filter);
