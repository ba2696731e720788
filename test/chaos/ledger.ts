import type { Databases } from '../../scripts/books.ts';
import { ORDER_TRANSITIONS } from '../../subgraphs/order-payment/orders/domain.ts';
import { PAYMENT_TRANSITIONS } from '../../subgraphs/order-payment/payments/domain.ts';
import { REFUND_TRANSITIONS } from '../../subgraphs/order-payment/refunds/domain.ts';

/** What a client may have been told of, where it stands, and what each state may have become since. */
const KINDS = {
  group: { database: 'order-payment', collection: 'order-group' },
  order: { database: 'order-payment', collection: 'order' },
  payment: { database: 'order-payment', collection: 'payment' },
  refund: { database: 'order-payment', collection: 'refund-request' },
  shipment: { database: 'order-payment', collection: 'shipment' },
  review: { database: 'review', collection: 'review' },
} as const;
export type Kind = keyof typeof KINDS;
export const PROMISES = Object.keys(KINDS) as Kind[];

/** A purchase as its buyer sees it is derived from its orders; it stands there as it was decided. */
const GROUP_TRANSITIONS = {
  PENDING_PAYMENT: ['PAID', 'CANCELLED', 'EXPIRED'],
  PARTIALLY_CANCELLED: ['PAID'],
  CANCELLED: ['PAID'],
  EXPIRED: ['PAID'],
  PAID: [],
};
const TRANSITIONS: Partial<Record<Kind, Readonly<Record<string, readonly string[]>>>> = {
  group: GROUP_TRANSITIONS,
  order: ORDER_TRANSITIONS,
  payment: PAYMENT_TRANSITIONS,
  refund: REFUND_TRANSITIONS,
};

const NAMES: Readonly<Record<string, Kind>> = {
  orderGroup: 'group',
  group: 'group',
  order: 'order',
  orders: 'order',
  payment: 'payment',
  refundRequest: 'refund',
  shipment: 'shipment',
  review: 'review',
};

/** Whether what was promised in one state may now be in another: the same, or a later one. */
function mayHaveBecome(kind: Kind, promised: string, now: string): boolean {
  const table = TRANSITIONS[kind];
  if (!table || promised === '') return true;
  const seen = new Set([promised]);
  for (const status of seen) for (const next of table[status] ?? []) seen.add(next);
  return seen.has(now);
}

/** Keeps all that clients were told, to be held against the databases afterwards. */
export function openLedger() {
  const promises = new Map(PROMISES.map((kind) => [kind, new Map<string, Set<string>>()] as const));
  const byKey = new Map<string, string>();
  const contradictions: string[] = [];

  function keep(kind: Kind, id: string, status = ''): void {
    const known = promises.get(kind)!;
    known.set(id, (known.get(id) ?? new Set()).add(status));
  }

  function visit(name: string, value: any): void {
    if (Array.isArray(value)) return value.forEach((entry) => visit(name, entry));
    if (typeof value !== 'object' || value === null) return;
    const kind = NAMES[name];
    if (kind && typeof value.id === 'string') keep(kind, value.id, value.status);
    for (const [field, entry] of Object.entries(value)) visit(field, entry);
  }

  /** One key is one effect, however often it was asked for. */
  function noteKey(operation: string, root: any, variables: any): void {
    const key: string | undefined = variables?.input?.idempotencyKey;
    const made: string | undefined = (root?.orderGroup ?? root?.payment ?? root?.shipment ?? root?.refundRequest ?? root?.review)?.id;
    if (!key || !made) return;
    const before = byKey.get(`${operation}|${key}`);
    if (before !== undefined && before !== made) contradictions.push(`${operation} under the key ${key} was ${before} and ${made}`);
    byKey.set(`${operation}|${key}`, made);
  }

  async function lostOf(databases: Databases, kind: Kind): Promise<string[]> {
    const { database, collection } = KINDS[kind];
    const known = promises.get(kind)!;
    const rows = await databases(database)
      .collection<{ _id: string; status?: string }>(collection)
      .find({ _id: { $in: [...known.keys()] } }, { projection: { status: 1 } })
      .toArray();
    const found = new Map(rows.map(({ _id, status }) => [_id, status ?? '']));
    return [...known].flatMap(([id, told]) => {
      const now = found.get(id);
      if (now === undefined) return [`${kind} ${id} was told as ${[...told].join(', ')} and is not there`];
      return [...told].filter((status) => !mayHaveBecome(kind, status, now)).map((status) => `${kind} ${id} was told as ${status} and is ${now}`);
    });
  }

  return {
    contradictions,
    note: (operation: string, root: unknown, variables: object) => {
      visit(operation, root);
      noteKey(operation, root, variables);
    },
    contradict: (sentence: string): void => void contradictions.push(sentence),
    count: (kind: Kind, status?: string): number => {
      const known = [...promises.get(kind)!.values()];
      return status === undefined ? known.length : known.filter((told) => told.has(status)).length;
    },
    /** What clients were told and is not so. */
    lost: async (databases: Databases): Promise<string[]> => (await Promise.all(PROMISES.map((kind) => lostOf(databases, kind)))).flat(),
  };
}

export type Ledger = ReturnType<typeof openLedger>;
