import { newId } from '#platform/entity.ts';
import type { CreatePayment, PaymentMethodKind, PaymentProvider, ProviderAction, RawNotification, RefundPayment } from '../provider.ts';

/** A provider as it runs in tests, with the buyer's side of it. */
export interface ProviderFixture {
  provider: PaymentProvider;
  notifyUrl: string;
  /** What came to `notifyUrl` about this payment, once there are so many. */
  notifications(paymentId: string, count: number): Promise<RawNotification[]>;
  /** `open`: looks at what is to be paid, and does nothing yet. */
  buyer: Record<'open' | 'pay' | 'decline', (action: ProviderAction) => Promise<unknown>>;
  /** Clients of the same provider that should not understand its notifications, or not reach it at all. */
  withOtherAccount: PaymentProvider;
  withOtherKey: PaymentProvider;
  withClockAhead(seconds: number): PaymentProvider;
  unreachable: PaymentProvider;
  /** Amounts whose refund is not made at once. */
  refundAmounts: { failsFirst: number; pendsFirst: number };
  close(): Promise<void>;
}

/** An answer of the company on its way to us. */
export interface SignedAnswer {
  headers: Record<string, string>;
  body: string;
}

/** In what the companies differ, by their nature. */
export interface Traits<F extends ProviderFixture = ProviderFixture> {
  methods: readonly PaymentMethodKind[];
  /** Null: any. */
  currencies: readonly string[] | null;
  /** Seconds after which a notification is too old; null where the provider repeats old ones. */
  notificationTolerance: number | null;
  /** The headers without which a notification is not authentic. */
  signatureHeaders: readonly string[];
  /** What a payment is whose buyer was declined: over, or open for another try. */
  afterDecline: 'FAILED' | 'REQUIRES_ACTION';
  notifiesDeclines: boolean;
  /** Whether a payment has the provider's own number from the start. */
  numbersAtOnce: boolean;
  /** The most that it takes at a time, in hundredths. */
  largestAmount: number;
  /** Where answers are signed too: lets the next ones be altered on their way, and the headers of their signature. */
  signedAnswers?: { headers: readonly string[]; alter(fixture: F, change: ((answer: SignedAnswer) => SignedAnswer) | null): void };
}

export const AMOUNT = 25_900;

/** What the suites work with; the fixture is there once the tests run. */
export function createWorkbench<F extends ProviderFixture>(traits: Traits<F>) {
  let made: F | null = null;
  const bench = {
    traits,
    get fixture(): F {
      if (!made) throw new Error('the fixture is made before the tests');
      return made;
    },
    set fixture(fixture: F) {
      made = fixture;
    },
    get provider(): PaymentProvider {
      return bench.fixture.provider;
    },

    order: (changes: Partial<CreatePayment> = {}): CreatePayment => ({
      paymentId: newId('pay'),
      method: bench.provider.methods[0] ?? 'BANK_CARD',
      client: 'WEB',
      amount: AMOUNT,
      currency: 'CNY',
      description: 'Order 20260822-7F3K9Q2M',
      merchantName: 'Tea & Co',
      deadline: new Date(Date.now() + 120_000),
      notifyUrl: bench.fixture.notifyUrl,
      wechatOpenId: 'o-buyer',
      clientIp: '203.0.113.7',
      locale: 'en',
      ...changes,
    }),

    /** Created, and in the buyer's hands. */
    async created(changes: Partial<CreatePayment> = {}) {
      const request = bench.order(changes);
      const { payment, action } = await bench.provider.create(request);
      if (!action) throw new Error(`no action, but ${payment.status}`);
      await bench.fixture.buyer.open(action);
      return { request, paymentId: request.paymentId, reference: payment.reference, payment, action };
    },

    async paid(amount = AMOUNT) {
      const payment = await bench.created({ amount });
      await bench.fixture.buyer.pay(payment.action);
      const [raw] = await bench.fixture.notifications(payment.paymentId, 1);
      if (!raw) throw new Error('no notification');
      return { ...payment, raw };
    },

    refundOf: ({ paymentId, reference }: { paymentId: string; reference: string }, changes: Partial<RefundPayment> = {}): RefundPayment => ({
      refundKey: `${newId('refund')}-1`,
      paymentId,
      reference,
      amount: 1_000,
      currency: 'CNY',
      reason: 'Changed mind',
      notifyUrl: bench.fixture.notifyUrl,
      ...changes,
    }),
  };
  return bench;
}

export type Workbench<F extends ProviderFixture = ProviderFixture> = ReturnType<typeof createWorkbench<F>>;
