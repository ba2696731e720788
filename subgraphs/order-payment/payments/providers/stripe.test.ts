import { describeProvider } from './contract.ts';
import { openStripe } from './fakes/stripe.fixture.ts';

describeProvider('stripe', openStripe, {
  notificationTolerance: 300,
  signatureHeaders: ['stripe-signature'],
  afterDecline: 'REQUIRES_ACTION',
  notifiesDeclines: true,
  numbersAtOnce: true,
  largestAmount: 99_999_999,
});
