import { DomainError } from '#platform/errors.ts';
import type { Identity } from '#platform/identity.ts';
import { findRows } from '#platform/rows.ts';
import { seesUnpublished } from '../access.ts';
import { type Context, freshLoaders } from '../context.ts';
import { MerchantStanding } from '../merchants/entities.ts';
import type { Resolvers } from '../schema.generated.ts';
import { pointProblem } from './domain.ts';
import { type LocationRow, locationsBy } from './loaders.ts';
import { upsertLocation } from './service.ts';

const isVisible = (location: LocationRow, identity: Identity): boolean =>
  (location.offersPickup && location.isActive) || seesUnpublished(identity, location.merchantId);

const MAX_RADIUS_METRES = 100_000;
const MAX_NEAR = 100;

interface NearArgs {
  readonly near: { readonly latitude: number; readonly longitude: number };
  readonly radiusMetres: number;
  readonly first?: number | null | undefined;
}

/** Nearest first; of merchants that trade. */
async function pickupNear({ em }: Context, { near, radiusMetres, first }: NearArgs): Promise<LocationRow[]> {
  const problem = pointProblem(near);
  if (problem !== null) throw new DomainError('BAD_USER_INPUT', problem, { argument: 'near' });
  if (radiusMetres < 1 || radiusMetres > MAX_RADIUS_METRES)
    throw new DomainError('BAD_USER_INPUT', `"radiusMetres" must be from 1 to ${MAX_RADIUS_METRES}; it was ${radiusMetres}.`, { argument: 'radiusMetres' });
  const limit = first ?? 20;
  if (limit < 1 || limit > MAX_NEAR)
    throw new DomainError('BAD_USER_INPUT', `"first" must be a whole number from 1 to ${MAX_NEAR}; it was ${limit}.`, { argument: 'first' });
  const point = { type: 'Point', coordinates: [near.longitude, near.latitude] };
  const rows = await locationsBy(em, { offersPickup: true, isActive: true, geo: { $nearSphere: { $geometry: point, $maxDistance: radiusMetres } } }, limit);
  const merchantIds = [...new Set(rows.map(({ merchantId }) => merchantId))];
  const trading = new Set((await findRows(em, MerchantStanding, { _id: { $in: merchantIds }, status: 'ACTIVE' }, ['status'])).map(({ id }) => id));
  return rows.filter(({ merchantId }) => trading.has(merchantId));
}

async function pickupPoints({ em }: Context, merchantIds: readonly string[]) {
  const rows = await locationsBy(em, { merchantId: { $in: merchantIds }, offersPickup: true, isActive: true });
  return rows.map(({ id, merchantId, name, address }) => ({ locationId: id, merchantId, name, address }));
}

/** A merchant's oldest place that is open is where its goods come back to. */
async function returnAddresses({ em }: Context, merchantIds: readonly string[]) {
  const rows = await locationsBy(em, { merchantId: { $in: merchantIds }, isActive: true });
  return [...Map.groupBy(rows, ({ merchantId }) => merchantId).values()].flatMap(([first]) =>
    first ? [{ merchantId: first.merchantId, address: first.address }] : [],
  );
}

export const locations = {
  Query: {
    pickupLocations: (_root, args, context) => pickupNear(context, args),
    pickupPoints: (_root, { merchantIds }, context) => pickupPoints(context, merchantIds),
    returnAddresses: (_root, { merchantIds }, context) => returnAddresses(context, merchantIds),
  },
  Mutation: {
    locationUpsert: async (_root, { input }, context) => {
      const { locationId, userErrors } = await upsertLocation(context, input);
      freshLoaders(context);
      return { location: locationId === null ? null : await context.loaders.location.load(locationId), userErrors };
    },
  },
  Location: {
    __resolveReference: async ({ id }, { loaders, identity }) => {
      const location = await loaders.location.load(id);
      return location && isVisible(location, identity) ? location : null;
    },
    merchant: ({ merchantId }) => ({ id: merchantId }),
    geo: ({ geo }) => (geo ? { latitude: geo.coordinates[1], longitude: geo.coordinates[0] } : null),
  },
  Merchant: {
    locations: async ({ id }, _args, { loaders, identity }) => (await loaders.locationsByMerchant.load(id)).filter((location) => isVisible(location, identity)),
  },
} satisfies Resolvers;
