import type { Noun } from '../noun.ts';
import { EXPIRY_JOB } from '../orders/groups.ts';
import { settleAnomaly } from './anomalies.ts';
import { ANOMALY_JOB } from './arrivals.ts';
import { DEADLINE_JOB } from './attempts.ts';
import { closeOverdueAttempt } from './deadlines.ts';
import { Payment, PaymentAnomaly, ProviderEvent } from './entities.ts';
import { expireDueGroup } from './expiry.ts';
import { resolvers } from './resolvers.ts';

export const payments: Noun = {
  entities: [Payment, PaymentAnomaly, ProviderEvent],
  resolvers,
  jobs: { [EXPIRY_JOB]: expireDueGroup, [ANOMALY_JOB]: settleAnomaly, [DEADLINE_JOB]: closeOverdueAttempt },
};
