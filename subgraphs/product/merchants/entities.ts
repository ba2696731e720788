import { defineEntity, p } from '@mikro-orm/core';

const MerchantStandingSchema = defineEntity({
  name: 'MerchantStanding',
  properties: {
    /** The merchant's id. */
    _id: p.string().primary(),
    slug: p.string().index(),
    name: p.string(),
    kind: p.string(),
    status: p.string(),
    /** Raised by whoever decides on the standing in a transaction, so that a change of it meanwhile repeats that one. */
    decisions: p.integer().default(0),
  },
});

/** What this subgraph must know of a merchant to sell for it; the user subgraph owns the merchant. */
export class MerchantStanding extends MerchantStandingSchema.class {}
MerchantStandingSchema.setClass(MerchantStanding);
