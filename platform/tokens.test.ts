import { importJWK, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { loadConfig, signingKeysOf } from './config.ts';
import type { Identity } from './identity.ts';
import { issueToken, publicKeysOf, tokenVerifier } from './tokens.ts';

const keys = signingKeysOf(loadConfig({}));
const [key] = keys;
const identity: Identity & { kind: 'user' } = {
  kind: 'user',
  subject: 'user_1',
  sessionId: 's1',
  scopes: ['account'],
  memberships: [{ merchantId: 'merch_1', role: 'OWNER', scopes: ['orders:read'] }],
  contract: 'partner',
};
const soon = () => new Date(Date.now() + 60_000);
const verifier = tokenVerifier(keys);

/** A token that differs from ours in one thing. */
async function forged(change: (token: SignJWT) => SignJWT, secret: object = key ?? {}): Promise<string> {
  const token = new SignJWT({ knd: 'user', scp: ['account'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'development' })
    .setSubject('user_1')
    .setIssuer('tradegraph')
    .setAudience('tradegraph')
    .setExpirationTime('1m');
  return change(token).sign(await importJWK(secret, 'EdDSA'));
}

describe('access tokens', () => {
  test('say who somebody is', async () => expect(await verifier.verify(await issueToken(keys, identity, soon()))).toEqual(identity));

  test('an expired one is refused, also when it was seen before', async () => {
    const token = await issueToken(keys, identity, new Date(Date.now() + 1_100));
    await verifier.verify(token);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await expect(verifier.verify(token)).rejects.toThrow(/not valid or has expired/);
  });

  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"user_1","knd":"staff"}').toString('base64url')}.`;
  const otherKey = { kty: 'OKP', crv: 'Ed25519', d: 'TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs', x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw' };
  test.each([
    ['alg none', async () => unsigned],
    ['another key', () => forged((token) => token, otherKey)],
    ['another audience', () => forged((token) => token.setAudience('elsewhere'))],
    ['another issuer', () => forged((token) => token.setIssuer('elsewhere'))],
    ['not yet valid', () => forged((token) => token.setNotBefore('10m'))],
    ['rubbish', async () => 'a.b.c'],
  ])('%s is refused', async (_case, make) => {
    await expect(verifier.verify(await make())).rejects.toThrow(/not valid/);
  });

  test('public keys hold no secret', () => expect(JSON.stringify(publicKeysOf(keys))).not.toContain('"d"'));
});
