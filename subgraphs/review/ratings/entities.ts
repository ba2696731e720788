import { defineEntity, p } from '@mikro-orm/core';

/** Counted up and down with each review, in the review's own transaction; never computed by a scan. */
const tally = {
  id: p.string().serializedPrimaryKey().persist(false),
  sum: p.integer(),
  count: p.integer(),
  verifiedCount: p.integer(),
  /** Rating → how often it was given; a missing entry is 0. */
  histogram: p.json<Readonly<Record<string, number>>>(),
};

/** Its id is the product's. */
const ProductRatingSchema = defineEntity({ name: 'ProductRating', properties: { _id: p.string().primary(), ...tally } });
export class ProductRating extends ProductRatingSchema.class {}
ProductRatingSchema.setClass(ProductRating);

/** Its id is the merchant's. */
const MerchantRatingSchema = defineEntity({ name: 'MerchantRating', properties: { _id: p.string().primary(), ...tally } });
export class MerchantRating extends MerchantRatingSchema.class {}
MerchantRatingSchema.setClass(MerchantRating);
