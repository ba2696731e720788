import type { User as StoredUser } from './entities.ts';
import type { USER_FIELDS } from './loaders.ts';

/** What the fields of a user are resolved from: a plain row, without his secrets. */
export type User = Pick<StoredUser, (typeof USER_FIELDS)[number]> & { readonly id: string };
