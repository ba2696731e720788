import type { EntityManager } from '@mikro-orm/mongodb';

export const createLoaders = (_em: EntityManager) => ({});
