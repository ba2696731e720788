import type { Stub } from '#platform/entity.ts';
import { DomainError } from '#platform/errors.ts';
import { ownAddress } from '../addresses/service.ts';
import type { Context } from '../context.ts';
import { knownTo } from '../merchants/visibility.ts';
import { OWNER_OF_TYPE, type NodeType, typeOfId } from './domain.ts';

const MAX_NODES = 100;

/** What is ours is looked up here, as its reference would be; of the rest the owner is asked. */
const OWN: Partial<Record<NodeType, (context: Context, id: string) => Promise<Stub | null>>> = {
  User: ({ loaders }, id) => loaders.user.load(id),
  Address: ownAddress,
  Merchant: async (context, id) => knownTo(context, await context.loaders.merchant.load(id)),
};

export async function findNode(context: Context, id: string) {
  const type = typeOfId(id);
  if (type === null) return null;
  const found = await (OWN[type]?.(context, id) ?? findForeign(context, type, id));
  return found && { ...found, __typename: type };
}

async function findForeign({ loaders }: Context, type: NodeType, id: string): Promise<Stub | null> {
  const owner = OWNER_OF_TYPE[type];
  return owner !== undefined && (await loaders.isVisibleAt(owner).load({ __typename: type, id })) ? { id } : null;
}

export function findNodes(context: Context, ids: readonly string[]) {
  if (ids.length > MAX_NODES) throw new DomainError('BAD_USER_INPUT', `"ids" must have at most ${MAX_NODES} ids; it had ${ids.length}.`, { argument: 'ids' });
  return Promise.all(ids.map((id) => findNode(context, id)));
}
