import type { Document } from 'mongodb';
import { DomainError } from '#platform/errors.ts';
import { connectionOf, type PageArgs, pageOf } from '#platform/pagination.ts';
import { findRows } from '#platform/rows.ts';
import { keyOf, type UserStatus } from '../accounts/domain.ts';
import { User } from '../accounts/entities.ts';
import { USER_FIELDS } from '../accounts/loaders.ts';
import type { Context } from '../context.ts';
import { beginningWith } from '../texts.ts';

interface UserFilter {
  readonly search?: string | null | undefined;
  readonly status?: UserStatus | null | undefined;
  readonly createdAt?: { readonly from: Date; readonly to: Date } | null | undefined;
}

const MAX_SEARCH = 100;

export async function listUsers({ em }: Context, { filter, ...args }: PageArgs & { filter?: UserFilter | null | undefined }) {
  const page = pageOf(args, 'users', [{ field: '_id', direction: -1 }]);
  const { search, status, createdAt } = filter ?? {};
  const wanted = { ...(status && { status }), ...(createdAt && { createdAt: { $gte: createdAt.from, $lt: createdAt.to } }), ...(search && beginsWith(search)) };
  const rows = await findRows(em, User, { $and: [wanted, page.filter] }, USER_FIELDS, { sort: page.sort, limit: page.limit });
  return connectionOf(rows, page);
}

function beginsWith(search: string): Document {
  if (search.length > MAX_SEARCH)
    throw new DomainError('BAD_USER_INPUT', `"search" must have at most ${MAX_SEARCH} characters.`, { argument: 'filter.search' });
  const text = keyOf(search) ?? '';
  return { $or: ['usernameKey', 'emailKey', 'phone', 'displayNameKey'].map((field) => ({ [field]: beginningWith(text) })) };
}
