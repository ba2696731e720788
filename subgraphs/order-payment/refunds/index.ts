import type { Noun } from '../noun.ts';
import { adoptRequests } from './adoption.ts';
import { approveDueRefund } from './decisions.ts';
import { RefundRequest } from './entities.ts';
import { EXECUTION_JOB, runExecution } from './executions.ts';
import { AUTO_APPROVAL_JOB } from './granting.ts';
import { resolvers } from './resolvers.ts';

export const refunds: Noun = {
  entities: [RefundRequest],
  resolvers,
  jobs: { [EXECUTION_JOB]: runExecution, [AUTO_APPROVAL_JOB]: approveDueRefund },
  consumes: { 'order.adopted': adoptRequests },
};
