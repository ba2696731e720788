import DataLoader from 'dataloader';
import { byArguments } from '#platform/loaders.ts';
import type { Siblings } from '#platform/siblings.ts';
import { askVisible, type ForeignNode } from '../siblings.ts';

/** Whether what another subgraph owns is there for the caller: one question to each owner, however many objects. */
export const createNodeLoaders = (siblings: Siblings) => ({
  isVisibleAt: byArguments(
    (owner: string) => new DataLoader<ForeignNode, boolean, string>((nodes) => askVisible(siblings, owner, nodes), { cacheKeyFn: ({ id }) => id }),
  ),
});
