import type { Session as StoredSession } from './entities.ts';

export type Session = Pick<StoredSession, 'userId' | 'createdAt' | 'lastSeenAt' | 'deviceName' | 'userAgent'> & { readonly id: string };
