/** A timer of the shop, as `schedule` writes it. */
export const jobRow = (kind: string, subjectId: string, runAt: Date) => ({
  _id: `${kind}|${subjectId}`,
  kind,
  subjectId,
  data: {},
  runAt,
  deadAt: null,
  attempts: 0,
  failingSince: null,
  revision: 1,
  leaseUntil: null,
  owner: null,
  lastError: null,
});

export type JobRow = ReturnType<typeof jobRow>;
