import type { Address as StoredAddress } from './entities.ts';
import type { ADDRESS_FIELDS } from './loaders.ts';

export type Address = Pick<StoredAddress, (typeof ADDRESS_FIELDS)[number]> & { readonly id: string };
