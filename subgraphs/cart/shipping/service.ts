import { newId } from '#platform/entity.ts';
import { notFoundError, type UserErrorData, userError } from '#platform/errors.ts';
import { mayFor } from '#platform/identity.ts';
import { rawCollection } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { MAX_RATES, type Rate, type RateTerms, rateProblems } from './domain.ts';
import { ShippingRate } from './entities.ts';

interface ShippingRateUpsertInput extends Omit<RateTerms, 'freeFrom' | 'enabled'> {
  readonly enabled?: boolean | undefined;
  readonly id?: string | null | undefined;
  readonly merchantId: string;
  readonly freeFrom?: RateTerms['freeFrom'] | undefined;
}

interface Outcome {
  readonly shippingRate: Rate | null;
  readonly userErrors: UserErrorData[];
}

const refused = (...userErrors: UserErrorData[]): Outcome => ({ shippingRate: null, userErrors });

export async function upsertShippingRate({ em, identity }: Context, { id, merchantId, ...input }: ShippingRateUpsertInput): Promise<Outcome> {
  if (!mayFor(identity, merchantId, 'shipping:write')) return refused(notFoundError(['input', 'merchantId'], { en: 'The merchant', zh: '该商家' }));
  const terms: RateTerms = {
    title: input.title.trim(),
    countries: input.countries,
    price: moneyOf(input.price),
    freeFrom: input.freeFrom ? moneyOf(input.freeFrom) : null,
    minDays: input.minDays,
    maxDays: input.maxDays,
    enabled: input.enabled ?? true,
  };
  const problems = rateProblems(terms);
  if (problems.length > 0) return refused(...problems);

  const rates = rawCollection(em, ShippingRate);
  if (id != null) {
    const { matchedCount } = await rates.updateOne({ _id: id, merchantId }, { $set: terms });
    return matchedCount === 1
      ? { shippingRate: { id, merchantId, ...terms }, userErrors: [] }
      : refused(notFoundError(['input', 'id'], { en: 'The shipping rate', zh: '该运费规则' }));
  }
  if ((await rates.countDocuments({ merchantId }, { limit: MAX_RATES })) >= MAX_RATES) return refused(tooMany());
  const rate: Rate = { id: newId('rate'), merchantId, ...terms };
  await rates.insertOne({ _id: rate.id, createdAt: new Date(), merchantId, ...terms });
  return { shippingRate: rate, userErrors: [] };
}

const moneyOf = ({ amount, currency }: RateTerms['price']) => ({ amount, currency });

const tooMany = () =>
  userError('ValidationError', 'LIMIT_REACHED', ['input'], {
    en: `A merchant keeps at most ${MAX_RATES} shipping rates; change one that exists.`,
    zh: `每个商家最多保留 ${MAX_RATES} 条运费规则，请修改已有规则。`,
  });
