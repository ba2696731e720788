import type { DemoBuyer } from './buyers.ts';
import { DAY } from './calendar.ts';
import { demoId } from './ids.ts';
import type { DemoMerchant } from './merchants.ts';
import { BLOCK, historyOf } from './plan.ts';
import type { DemoProduct, DemoVariant } from './products.ts';
import { at, type Random, randomOf } from './random.ts';
import type { CountryCode } from './words/people.ts';

/** How far an order has come. */
export type Fate =
  | 'PENDING'
  | 'EXPIRED'
  | 'ABANDONED'
  | 'CANCELLED'
  | 'PAID'
  | 'PROCESSING'
  | 'PARTLY_SHIPPED'
  | 'READY'
  | 'SHIPPED'
  | 'DELIVERED'
  | 'COMPLETED';

/** What became of its money. */
export type Complaint = 'GOODWILL' | 'SENT_BACK' | 'ASKED' | 'DISPUTED';

export interface OrderDraft {
  readonly id: string;
  /** Over the whole shop, from 0. */
  readonly number: number;
  readonly merchant: DemoMerchant;
  readonly lines: readonly { readonly variant: DemoVariant; readonly quantity: number }[];
  readonly fate: Fate;
  readonly complaint: Complaint | null;
  readonly delivery: { readonly optionId: string; readonly pickupLocationId: string | null };
}

export interface GroupDraft {
  readonly id: string;
  /** Over the whole shop, from 0. */
  readonly number: number;
  readonly buyer: DemoBuyer;
  readonly orders: readonly OrderDraft[];
  readonly age: number;
}

/** Goods that everybody may order, with their product. */
export interface Goods {
  readonly product: DemoProduct;
  readonly variant: DemoVariant;
}

/** The purchases of each of a block's five buyers, in eight rounds; a row with two entries is one with two merchants. */
const ROUNDS: readonly (readonly (readonly [first: Fate, second?: Fate])[])[] = [
  [
    ['COMPLETED', 'COMPLETED'],
    ['COMPLETED', 'COMPLETED'],
    ['COMPLETED', 'COMPLETED'],
    ['COMPLETED', 'COMPLETED'],
    ['COMPLETED', 'COMPLETED'],
  ],
  [['COMPLETED'], ['COMPLETED'], ['COMPLETED'], ['COMPLETED'], ['COMPLETED']],
  [['COMPLETED'], ['COMPLETED'], ['COMPLETED'], ['COMPLETED'], ['COMPLETED']],
  [['COMPLETED'], ['COMPLETED'], ['COMPLETED'], ['COMPLETED'], ['COMPLETED']],
  [
    ['DELIVERED', 'DELIVERED'],
    ['DELIVERED', 'DELIVERED'],
    ['PROCESSING', 'SHIPPED'],
    ['DELIVERED', 'DELIVERED'],
    ['COMPLETED', 'COMPLETED'],
  ],
  [['DELIVERED'], ['READY'], ['SHIPPED'], ['SHIPPED'], ['DELIVERED']],
  [['EXPIRED'], ['ABANDONED'], ['CANCELLED'], ['PAID'], ['PROCESSING']],
  [['PENDING'], ['PAID'], ['EXPIRED'], ['PARTLY_SHIPPED'], ['COMPLETED']],
];

/** Round and buyer of the orders of which money went back, or is asked for. */
const COMPLAINTS: readonly (readonly [round: number, buyer: number, complaint: Complaint])[] = [
  [3, 0, 'GOODWILL'],
  [3, 1, 'SENT_BACK'],
  [5, 0, 'ASKED'],
  [4, 1, 'DISPUTED'],
];

/** How long ago orders of each fate were placed, in days. */
const PLACED: Readonly<Record<Fate, readonly [least: number, most: number]>> = {
  PENDING: [0.05, 0.2],
  EXPIRED: [10, 300],
  ABANDONED: [10, 300],
  CANCELLED: [10, 300],
  PAID: [0.2, 0.9],
  PROCESSING: [1.5, 2.5],
  PARTLY_SHIPPED: [1.8, 2.5],
  READY: [1.5, 2.5],
  SHIPPED: [3, 4],
  DELIVERED: [6, 7.5],
  COMPLETED: [25, 350],
};

/** From which of the eight kinds of merchant people buy, and how often. */
const CHOICES: Readonly<Record<CountryCode, readonly (readonly [kind: number, weight: number])[]>> = {
  CN: [
    [0, 25],
    [1, 20],
    [2, 14],
    [3, 12],
    [4, 9],
    [5, 11],
    [6, 5],
    [7, 4],
  ],
  US: [
    [0, 20],
    [1, 25],
    [2, 25],
    [3, 14],
    [4, 10],
    [6, 6],
  ],
  DE: [
    [0, 18],
    [1, 24],
    [2, 20],
    [3, 28],
    [6, 10],
  ],
  FR: [
    [0, 22],
    [1, 22],
    [2, 20],
    [3, 26],
    [6, 10],
  ],
  JP: [
    [0, 22],
    [1, 24],
    [3, 20],
    [4, 24],
    [6, 10],
  ],
};

const PICKUP_SHOP = 5;

/** What the buyers of a block have ordered, of its own goods. */
export function purchasesOf(block: number, buyers: readonly DemoBuyer[], goods: readonly Goods[]): GroupDraft[] {
  const byKind = Map.groupBy(goods, ({ variant }) => variant.merchant.kind);
  let orders = block * BLOCK.orders;
  return ROUNDS.flatMap((round, roundIndex) =>
    round.map((fates, buyerIndex) => {
      const number = block * BLOCK.groups + roundIndex * BLOCK.buyers + buyerIndex;
      const random = randomOf('purchase', number);
      const buyer = at(buyers, buyerIndex);
      const [least, most] = PLACED[fates[0]];
      const longest = Math.min(most, historyOf(block) - 1);
      const age = Math.round((least + (longest - least) * random.next()) * DAY);
      const complaint = COMPLAINTS.find(([ofRound, ofBuyer]) => ofRound === roundIndex && ofBuyer === buyerIndex)?.[2] ?? null;
      const taken: number[] = [];
      const drafts = fates.flatMap((fate, index): OrderDraft[] => {
        if (fate === undefined) return [];
        const kind = kindFor(random, buyer, fate, byKind, taken);
        taken.push(kind);
        const draft = draftOf(random, orders, buyer, fate, byKind.get(kind) ?? [], { complaint: index === 0 ? complaint : null, age });
        orders += 1;
        return [draft];
      });
      return { id: demoId('group', age, number), number, buyer, orders: drafts, age };
    }),
  );
}

function kindFor(random: Random, { country }: DemoBuyer, fate: Fate, byKind: ReadonlyMap<number, readonly Goods[]>, taken: readonly number[]): number {
  if (fate === 'READY') return PICKUP_SHOP;
  const open = CHOICES[country.code].filter(([kind]) => byKind.has(kind) && !taken.includes(kind));
  return random.weighted(open);
}

const ARRIVED: readonly Fate[] = ['DELIVERED', 'COMPLETED'];
/** Most of what arrived is several things, so that there is enough to say about it. */
const LINES_ARRIVED: readonly (readonly [count: number, weight: number])[] = [
  [2, 3],
  [3, 5],
  [4, 3],
];
const LINES: readonly (readonly [count: number, weight: number])[] = [
  [1, 4],
  [2, 4],
  [3, 2],
];
const QUANTITIES: readonly (readonly [quantity: number, weight: number])[] = [
  [1, 7],
  [2, 2],
  [3, 1],
];

function draftOf(
  random: Random,
  number: number,
  buyer: DemoBuyer,
  fate: Fate,
  goods: readonly Goods[],
  { complaint, age }: { complaint: Complaint | null; age: number },
): OrderDraft {
  const { merchant } = at(goods, 0).variant;
  const count = random.weighted(ARRIVED.includes(fate) ? LINES_ARRIVED : LINES);
  const isSingle = merchant.words.sells !== 'PHYSICAL';
  const lines = random
    .shuffled(goods)
    .slice(0, fate === 'PARTLY_SHIPPED' ? 2 : count)
    .map(({ variant }) => ({ variant, quantity: isSingle ? 1 : random.weighted(QUANTITIES) }));
  return { id: demoId('order', age, number), number, merchant, lines, fate, complaint, delivery: deliveryOf(random, merchant, buyer, fate) };
}

/** Only what nobody ships can be on its way to a counter. */
const NEVER_COLLECTED: readonly Fate[] = ['SHIPPED', 'PARTLY_SHIPPED'];

function deliveryOf(random: Random, merchant: DemoMerchant, { country }: DemoBuyer, fate: Fate): OrderDraft['delivery'] {
  if (merchant.words.sells === 'DIGITAL') return { optionId: 'digital', pickupLocationId: null };
  const isCollected = merchant.words.modes.includes('PICKUP') && !NEVER_COLLECTED.includes(fate) && (fate === 'READY' || random.chance(0.5));
  if (isCollected) {
    const pickupLocationId = random.pick(merchant.locationIds);
    return { optionId: `pickup:${pickupLocationId}`, pickupLocationId };
  }
  const rate = merchant.rates.find(({ countries, price }) => countries.includes(country.code) && price.currency === country.currency);
  if (!rate) throw new Error(`${merchant.slug} does not ship to ${country.code} in ${country.currency}`);
  return { optionId: `ship:${rate.id}`, pickupLocationId: null };
}
