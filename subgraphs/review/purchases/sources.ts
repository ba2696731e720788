import type { Connection } from '#platform/pagination.ts';

export type PendingReviewConnection = Connection<{ readonly id: string; readonly reviewableUntil: Date }>;
