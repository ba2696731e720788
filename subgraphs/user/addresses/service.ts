import type { EntityManager } from '@mikro-orm/mongodb';
import type { UserErrorData } from '#platform/errors.ts';
import { signedIn, userIdOf } from '#platform/identity.ts';
import { rawCollection } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { addressNotFound, labelProblem, MAX_ADDRESSES, type PostalAddress, postalAddressProblems, tidied, tooManyAddresses } from './domain.ts';
import { Address } from './entities.ts';

interface Defaults {
  readonly isDefaultShipping?: boolean | null | undefined;
  readonly isDefaultBilling?: boolean | null | undefined;
}

interface CreateInput extends Defaults {
  readonly label?: string | null | undefined;
  readonly postalAddress: PostalAddress;
}

interface UpdateInput extends Defaults {
  readonly id: string;
  readonly label?: string | null | undefined;
  readonly postalAddress?: PostalAddress | null | undefined;
}

const refused = (...userErrors: UserErrorData[]) => ({ address: null, userErrors });

export async function createAddress({ em, identity, loaders }: Context, input: CreateInput) {
  const { userId } = signedIn(identity);
  const problems = problemsOf(input);
  if (problems.length > 0) return refused(...problems);
  if ((await loaders.addressesByUser.load(userId)).length >= MAX_ADDRESSES) return refused(tooManyAddresses());

  const id = await inTurn(em, async (tx) => {
    await makeRoomForDefaults(tx, userId, input);
    const address = tx.create(Address, {
      userId,
      label: input.label?.trim() || null,
      postalAddress: tidied(input.postalAddress),
      isDefaultShipping: input.isDefaultShipping ?? false,
      isDefaultBilling: input.isDefaultBilling ?? false,
      updatedAt: new Date(),
    });
    await tx.flush();
    return address.id;
  });
  return { address: await loaders.address.load(id), userErrors: [] };
}

export async function updateAddress({ em, identity, loaders }: Context, { id, label, postalAddress, isDefaultShipping, isDefaultBilling }: UpdateInput) {
  const { userId } = signedIn(identity);
  const problems = problemsOf({ label, postalAddress });
  if (problems.length > 0) return refused(...problems);

  const changes = {
    updatedAt: new Date(),
    ...(label !== undefined && { label: label?.trim() || null }),
    ...(postalAddress != null && { postalAddress: tidied(postalAddress) }),
    ...(isDefaultShipping != null && { isDefaultShipping }),
    ...(isDefaultBilling != null && { isDefaultBilling }),
  };
  const isFound = await inTurn(em, async (tx) => {
    const addresses = rawCollection(tx, Address);
    if (!(await addresses.findOne({ _id: id, userId }, { projection: { _id: 1 }, ...sessionOf(tx) }))) return false;
    await makeRoomForDefaults(tx, userId, { isDefaultShipping, isDefaultBilling });
    const { matchedCount } = await addresses.updateOne({ _id: id, userId }, { $set: changes }, sessionOf(tx));
    return matchedCount > 0;
  });
  return isFound ? { address: await loaders.address.clear(id).load(id), userErrors: [] } : refused(addressNotFound(['input', 'id']));
}

export async function deleteAddress({ em, identity }: Context, id: string) {
  const { deletedCount } = await rawCollection(em, Address).deleteOne({ _id: id, userId: signedIn(identity).userId });
  return deletedCount > 0 ? { deletedId: id, userErrors: [] } : { deletedId: null, userErrors: [addressNotFound(['id'])] };
}

/** The caller's own address; another's reads like none. */
export async function ownAddress({ identity, loaders }: Context, id: string) {
  const address = await loaders.address.load(id);
  return address !== null && address.userId === userIdOf(identity) ? address : null;
}

const problemsOf = ({ label, postalAddress }: Pick<UpdateInput, 'label' | 'postalAddress'>) =>
  [labelProblem(label), ...(postalAddress ? postalAddressProblems(postalAddress) : [])].filter((problem) => problem !== null);

/** The earlier default steps back before the new one comes. */
async function makeRoomForDefaults(tx: EntityManager, userId: string, wanted: Defaults): Promise<void> {
  const kinds = (['isDefaultShipping', 'isDefaultBilling'] as const).filter((kind) => wanted[kind] === true);
  for (const kind of kinds) await rawCollection(tx, Address).updateMany({ userId, [kind]: true }, { $set: { [kind]: false } }, sessionOf(tx));
}

const ROUNDS = 5;

/** Two new defaults at once meet in the unique index: the later one begins again and sees the other. */
async function inTurn<T>(em: EntityManager, body: (tx: EntityManager) => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await transaction(em, body);
    } catch (error) {
      if (!isDuplicateKey(error) || round === ROUNDS) throw error;
    }
  }
}
