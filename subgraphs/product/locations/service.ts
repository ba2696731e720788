import type { EntityManager } from '@mikro-orm/mongodb';
import { notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { schedule } from '#platform/jobs.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { transaction } from '#platform/transaction.ts';
import { mayMoveStock } from '../access.ts';
import { currentStanding } from '../merchants/service.ts';
import { lengthProblems } from '../texts.ts';
import { openingHoursProblems, pointProblem } from './domain.ts';
import { Location, type OpeningHours, type PostalAddress } from './entities.ts';

export interface LocationUpsertInput {
  readonly id?: string | null | undefined;
  readonly merchantId: string;
  readonly name: string;
  readonly address: PostalAddress;
  readonly geo?: { readonly latitude: number; readonly longitude: number } | null | undefined;
  readonly timeZone: string;
  readonly offersPickup: boolean;
  readonly openingHours?: readonly OpeningHours[] | null | undefined;
  readonly isActive?: boolean | null | undefined;
}

interface Outcome {
  readonly locationId: string | null;
  readonly userErrors: UserErrorData[];
}

/** The kind of job that tells a location's stock whether it is for sale; its subject is the location. */
export const LOCATION_CHANGED = 'location-changed';

const merchantNotFound = () => notFoundError(['input', 'merchantId'], { en: 'The merchant', zh: '该商家' });

export async function upsertLocation({ em, identity, siblings }: RequestScope, input: LocationUpsertInput): Promise<Outcome> {
  const refused = (...userErrors: UserErrorData[]): Outcome => ({ locationId: null, userErrors });
  if (!mayMoveStock(identity, input.merchantId)) return refused(merchantNotFound());
  const problems = inputProblems(input);
  if (problems.length > 0) return refused(...problems);
  if (!(await currentStanding(em, siblings, input.merchantId))) return refused(merchantNotFound());
  return transaction(em, (tx) => write(tx, input));
}

function inputProblems({ name, geo, openingHours, address }: LocationUpsertInput): UserErrorData[] {
  const point = geo ? pointProblem(geo) : null;
  return [
    ...lengthProblems(name, ['input', 'name'], 1, 120),
    ...Object.entries(address).flatMap(([field, value]) => (typeof value === 'string' ? lengthProblems(value, ['input', 'address', field], 0, 200) : [])),
    ...(['recipientName', 'city', 'line1'] as const).flatMap((field) => lengthProblems(address[field], ['input', 'address', field], 1, 200)),
    ...(point ? [validationError(['input', 'geo'], { en: point, zh: '纬度须在 -90 到 90 之间，经度须在 -180 到 180 之间。' }, 'RANGE')] : []),
    ...openingHoursProblems(openingHours ?? []),
  ];
}

async function write(tx: EntityManager, { id, geo, openingHours, isActive, address, name, ...given }: LocationUpsertInput): Promise<Outcome> {
  const current = id == null ? null : await tx.findOne(Location, { _id: id, merchantId: given.merchantId });
  if (id != null && !current) return { locationId: null, userErrors: [notFoundError(['input', 'id'], { en: 'The location', zh: '该地点' })] };
  const values = {
    merchantId: given.merchantId,
    name: name.trim(),
    address,
    geo: geo ? { type: 'Point' as const, coordinates: [geo.longitude, geo.latitude] as const } : null,
    openingHours: openingHours ?? current?.openingHours ?? [],
    timeZone: given.timeZone,
    offersPickup: given.offersPickup,
    isActive: isActive ?? current?.isActive ?? true,
  };
  if (!current) {
    const created = tx.create(Location, values);
    await tx.flush();
    return { locationId: created._id, userErrors: [] };
  }
  if (current.isActive !== values.isActive) await schedule(tx, { kind: LOCATION_CHANGED, subjectId: current._id, runAt: new Date() });
  tx.assign(current, values);
  return { locationId: current._id, userErrors: [] };
}
