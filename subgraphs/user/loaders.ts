import type { EntityManager } from '@mikro-orm/mongodb';
import { createAccountLoaders } from './accounts/loaders.ts';
import { createAddressLoaders } from './addresses/loaders.ts';
import { createMemberLoaders } from './members/loaders.ts';
import { createMerchantLoaders } from './merchants/loaders.ts';
import { createSessionLoaders } from './sessions/loaders.ts';

export const createLoaders = (em: EntityManager) => ({
  ...createAccountLoaders(em),
  ...createAddressLoaders(em),
  ...createMerchantLoaders(em),
  ...createMemberLoaders(em),
  ...createSessionLoaders(em),
});
