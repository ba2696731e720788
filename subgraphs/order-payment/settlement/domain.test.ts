import { describe, expect, test } from 'vitest';
import {
  atStake,
  balanceOf,
  blockersOf,
  COUNTER_ACCOUNT,
  LEDGER_ENTRY_KINDS,
  mayBecome,
  netOf,
  type OrderSums,
  PAYOUT_STATUSES,
  PAYOUT_TRANSITIONS,
  payBack,
  pendingOf,
  type Posting,
  sell,
  shareOf,
  type Terms,
} from './domain.ts';

const FREE: Terms['fee'] = { bps: 0, fixed: 0 };
const total = (postings: readonly Posting[]) => postings.reduce((sum, { amount }) => sum + amount, 0);
const of = (postings: readonly Posting[], kind: Posting['kind']) => total(postings.filter((posting) => posting.kind === kind));

describe('a share', () => {
  test.each([
    [1000, 500, 10_000, 50],
    [10, 500, 10_000, 0],
    [30, 500, 10_000, 2],
    [50, 500, 10_000, 2],
    [70, 500, 10_000, 4],
    [31, 500, 10_000, 2],
    [29, 500, 10_000, 1],
    [0, 500, 10_000, 0],
    [Number.MAX_SAFE_INTEGER, 10_000, 10_000, Number.MAX_SAFE_INTEGER],
  ])('of %d by %d in %d is %d: halves go to the even one', (amount, numerator, denominator, share) => {
    expect(shareOf(amount, numerator, denominator)).toBe(share);
  });
});

describe('a sale', () => {
  test('brings what the buyer and the platform paid, less commission and fee', () => {
    const terms = { commissionRateBps: 1000, fee: { bps: 200, fixed: 30 } };
    const { sums, postings } = sell({ total: 9_000, platformDiscount: 1_000 }, terms);
    expect(postings).toEqual([
      { kind: 'SALE', amount: 9_000 },
      { kind: 'PLATFORM_DISCOUNT', amount: 1_000 },
      { kind: 'COMMISSION', amount: -1_000 },
      { kind: 'PAYMENT_FEE', amount: -210 },
    ]);
    expect(netOf(sums)).toBe(8_790);
    expect(netOf(sums)).toBe(total(postings));
  });

  test('pays no more fee than there was to pay, and none for nothing', () => {
    const terms = { commissionRateBps: 0, fee: { bps: 0, fixed: 500 } };
    expect(sell({ total: 300, platformDiscount: 0 }, terms).sums.paymentFee).toBe(300);
    expect(sell({ total: 0, platformDiscount: 300 }, terms).sums.paymentFee).toBe(0);
  });

  test('of nothing leaves no entries', () => {
    expect(sell({ total: 0, platformDiscount: 0 }, { commissionRateBps: 500, fee: FREE }).postings).toEqual([]);
  });
});

/** Numbers that are the same at every run. */
function seeded(seed: number) {
  let state = seed;
  return (max: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}

describe('refunds', () => {
  test('in parts take back exactly the whole commission and discount, in any sequence', () => {
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const draw = seeded(seed);
      const gross = seed % 7 === 0 ? 0 : 1 + draw(100_000);
      const sold = sell({ total: gross, platformDiscount: draw(5_000) }, { commissionRateBps: draw(10_001), fee: { bps: draw(300), fixed: 0 } });
      let sums: OrderSums = sold.sums;
      const postings = [...sold.postings];
      for (let [left, discountLeft] = [gross, sums.platformDiscount]; left > 0 || discountLeft > 0; ) {
        const part = Math.min(left, 1 + draw(left));
        // The last of the money takes the last of the discount with it.
        discountLeft -= left === part ? discountLeft : draw(discountLeft + 1);
        left -= part;
        const before = netOf(sums);
        const paid = { amount: part, discountDue: sums.platformDiscount - discountLeft };
        const step = payBack(sums, paid);
        expect(atStake(sums, paid)).toBe(Math.max(0, before - netOf(step.sums)));
        expect(total(step.postings)).toBe(netOf(step.sums) - before);
        expect(step.sums.commissionReversed).toBeLessThanOrEqual(sums.commission);
        sums = step.sums;
        postings.push(...step.postings);
      }
      expect(of(postings, 'COMMISSION_REVERSAL')).toBe(sums.commission);
      expect(of(postings, 'PLATFORM_DISCOUNT')).toBe(0);
      expect(of(postings, 'REFUND')).toBe(gross === 0 ? 0 : -gross);
      expect(netOf(sums)).toBe(-sums.paymentFee || 0);
    }
  });

  test('of an order that cost nothing take back what the platform paid, and its commission', () => {
    const { sums } = sell({ total: 0, platformDiscount: 400 }, { commissionRateBps: 1_000, fee: FREE });
    expect(payBack(sums, { amount: 0, discountDue: 200 }).postings).toEqual([
      { kind: 'PLATFORM_DISCOUNT', amount: -200 },
      { kind: 'COMMISSION_REVERSAL', amount: 20 },
    ]);
  });

  test('leave the commission of what is still sold', () => {
    // Goods of 20,000, half paid by the platform, and a delivery of 20,000: the goods go back.
    const { sums } = sell({ total: 30_000, platformDiscount: 10_000 }, { commissionRateBps: 500, fee: FREE });
    const { sums: after } = payBack(sums, { amount: 10_000, discountDue: 10_000 });
    expect([netOf(after), after.commission - after.commissionReversed]).toEqual([19_000, 1_000]);
  });
});

describe('a balance', () => {
  test.each([
    [
      { balance: 100, pending: 30, reserved: 20 },
      { pending: 30, reserved: 20, available: 50, owed: 0 },
    ],
    [
      { balance: 100, pending: 30, reserved: 90 },
      { pending: 30, reserved: 70, available: 0, owed: 0 },
    ],
    [
      { balance: -40, pending: 0, reserved: 10 },
      { pending: 0, reserved: 0, available: 0, owed: 40 },
    ],
    [
      { balance: 10, pending: 30, reserved: 0 },
      { pending: 30, reserved: 0, available: 0, owed: 20 },
    ],
  ])('%o is %o', (account, expected) => {
    const balance = balanceOf(account);
    expect(balance).toEqual(expected);
    expect(balance.pending + balance.available + balance.reserved - balance.owed).toBe(account.balance);
  });

  test('counts a loss at once', () => {
    expect(pendingOf({ net: 10, availableAt: null })).toBe(10);
    expect(pendingOf({ net: -10, availableAt: null })).toBe(0);
    expect(pendingOf({ net: 10, availableAt: new Date(0) })).toBe(0);
  });
});

test('every kind has its other side', () => {
  for (const kind of LEDGER_ENTRY_KINDS) expect(['CASH', 'PLATFORM']).toContain(COUNTER_ACCOUNT[kind]);
});

const everyPair = PAYOUT_STATUSES.flatMap((from) => PAYOUT_STATUSES.map((to) => [from, to] as const));

test.each(everyPair)('a payout that is %s may become %s only if the table says so', (from, to) => {
  expect(mayBecome(from, to)).toBe((PAYOUT_TRANSITIONS[from] as readonly string[]).includes(to));
});

test.each([
  ['ACTIVE', 'VERIFIED', []],
  ['CLOSED', 'VERIFIED', []],
  ['SUSPENDED', 'VERIFIED', ['MERCHANT_SUSPENDED']],
  ['REJECTED', 'NONE', ['MERCHANT_NOT_APPROVED', 'PAYOUT_ACCOUNT_MISSING']],
  ['ACTIVE', 'PENDING', ['PAYOUT_ACCOUNT_UNVERIFIED']],
  ['ACTIVE', 'RESTRICTED', ['PAYOUT_ACCOUNT_RESTRICTED']],
  ['ACTIVE', null, ['PAYOUT_ACCOUNT_MISSING']],
])('a merchant that is %s with an account that is %s is held by %o', (status, payoutAccountStatus, blockers) => {
  expect(blockersOf({ status, payoutAccountStatus })).toEqual(blockers);
});
