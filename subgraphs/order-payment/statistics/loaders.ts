import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import type { ClientSession } from 'mongodb';
import { rawCollection } from '#platform/rows.ts';
import { snapshot } from '#platform/snapshot.ts';
import { Order } from '../orders/entities.ts';
import { type Figure, type FigureRow, readFigure } from './figures.ts';
import type { SalesStatistics } from './sources.ts';

/** A figure of a merchant or of the platform; without one, just the moment at which it would have been counted. */
interface Wanted extends SalesStatistics {
  readonly figure: Figure | null;
}

interface Counted {
  readonly rows: readonly FigureRow[];
  readonly asOf: Date;
}

/**
 * All figures that one answer asks for are counted together, at one moment: one command for each kind, however many
 * merchants it is asked of, and none for what nobody asked.
 */
export function createLoaders(em: EntityManager) {
  return {
    statistics: new DataLoader<Wanted, Counted, string>(
      async (wanted) => {
        const { result, asOf } = await snapshot(em, (session) => countAll(em, session, wanted));
        return result.map((rows) => ({ rows, asOf }));
      },
      { cacheKeyFn: (wanted) => `${wanted.merchantId}|${commandOf(wanted)}` },
    ),
  };
}

/** What differs only in the merchant is counted by one command. */
const commandOf = ({ merchantId, period, figure }: Wanted): string => JSON.stringify([merchantId === null, period, figure]);

async function countAll(em: EntityManager, session: ClientSession, wanted: readonly Wanted[]): Promise<FigureRow[][]> {
  const counted = new Map<string, Map<string | null, FigureRow[]>>();
  for (const [command, same] of Map.groupBy(wanted, commandOf)) {
    const [first] = same;
    if (!first?.figure) continue;
    const subjects = first.merchantId === null ? null : same.flatMap(({ merchantId }) => (merchantId === null ? [] : [merchantId]));
    counted.set(
      command,
      Map.groupBy(await readFigure(em, session, first.figure, first.period, subjects), ({ merchantId }) => merchantId),
    );
  }
  if (counted.size === 0) await rawCollection(em, Order).findOne({}, { session, projection: { _id: 1 } });
  return wanted.map((one) => counted.get(commandOf(one))?.get(one.merchantId) ?? []);
}
