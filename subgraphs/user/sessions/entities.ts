import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';

const SessionSchema = defineEntity({
  name: 'Session',
  indexes: [{ options: [{ userId: 1, lastSeenAt: -1 }, { name: 'user' }] }, { options: [{ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 }] }],
  properties: {
    ...baseProperties('session'),
    userId: p.string(),
    deviceName: p.string().nullable(),
    userAgent: p.string().nullable(),
    lastSeenAt: p.datetime(),
    /** Moves on with each refresh. */
    expiresAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
  },
});

/** One log-in on one device: the family of refresh tokens that follow each other. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);

const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  indexes: [{ options: [{ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 }] }],
  properties: {
    /** SHA-256 of the token: who reads the database cannot use it. */
    _id: p.string().primary(),
    sessionId: p.string(),
    /** Used ones are kept until they would have expired, so that one that comes again is known. */
    usedAt: p.datetime().nullable(),
    expiresAt: p.datetime(),
  },
});

export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken);

const LoginAttemptsSchema = defineEntity({
  name: 'LoginAttempts',
  indexes: [{ options: [{ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 }] }],
  properties: {
    /** Account and address. */
    _id: p.string().primary(),
    /** Attempts that failed or are under way, and those that failed. */
    begun: p.integer(),
    failed: p.integer(),
    /** The attempt that was let in last. */
    admitted: p.string(),
    expiresAt: p.datetime(),
  },
});

/** What one address tried on one account within the current window, for all processes. */
export class LoginAttempts extends LoginAttemptsSchema.class {}
LoginAttemptsSchema.setClass(LoginAttempts);
