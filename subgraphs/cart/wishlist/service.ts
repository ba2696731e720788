import { newId } from '#platform/entity.ts';
import { notFoundError, type UserErrorData } from '#platform/errors.ts';
import { signedIn } from '#platform/identity.ts';
import { rawCollection } from '#platform/rows.ts';
import { isDuplicateKey } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { wishedProduct } from '../siblings.ts';
import { Wish } from './entities.ts';

interface Outcome {
  readonly product: { readonly id: string } | null;
  readonly userErrors: UserErrorData[];
}

export async function addToWishlist({ em, identity, siblings }: Context, productId: string): Promise<Outcome> {
  const { userId } = signedIn(identity);
  const product = await wishedProduct(siblings, productId);
  if (!product) return { product: null, userErrors: [notFoundError(['productId'], { en: 'The product', zh: '该商品' })] };
  const { amount, currency } = product.priceRange.min;
  const wish = { createdAt: new Date(), priceWhenAdded: { amount, currency } };
  try {
    await rawCollection(em, Wish).updateOne({ userId, productId }, { $setOnInsert: { _id: newId('wish'), ...wish } }, { upsert: true });
  } catch (error) {
    // Two taps at once: the other one wrote it.
    if (!isDuplicateKey(error)) throw error;
  }
  return { product: { id: productId }, userErrors: [] };
}

export async function removeFromWishlist({ em, identity }: Context, productId: string): Promise<Outcome> {
  await rawCollection(em, Wish).deleteOne({ userId: signedIn(identity).userId, productId });
  return { product: { id: productId }, userErrors: [] };
}
