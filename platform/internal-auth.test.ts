import { describe, expect, test, vi } from 'vitest';
import { ANONYMOUS } from './identity.ts';
import { type Credential, internalAuth } from './internal-auth.ts';

const credential: Credential = {
  identity: { ...ANONYMOUS, kind: 'user', subject: 'user_1', scopes: ['account'] },
  context: { requestId: 'r', locale: 'zh-CN', country: null, currency: 'CNY', companyId: null, deadline: 1, ip: null, userAgent: null },
  caller: 'gateway',
};
const ours = internalAuth('new:a-secret-of-enough-length,old:another-secret-of-length');

describe('a signed request between processes', () => {
  test('carries identity and context', () => expect(ours.verify('cart', '{}', ours.sign('cart', '{}', credential))).toEqual(credential));

  test.each([
    ['another subgraph', 'review', '{}', ours.sign('cart', '{}', credential)],
    ['another body', 'cart', '{ }', ours.sign('cart', '{}', credential)],
    ['no header', 'cart', '{}', undefined],
    ['rubbish', 'cart', '{}', 'a.b'],
    ['another secret', 'cart', '{}', internalAuth('new:an-entirely-different-one').sign('cart', '{}', credential)],
    ['an unknown key id', 'cart', '{}', internalAuth('other:a-secret-of-enough-length').sign('cart', '{}', credential)],
  ])('is refused for %s', (_case, audience, body, header) => expect(() => ours.verify(audience, body, header)).toThrow(/gateway and the other subgraphs only/));

  test('an altered identity is refused', () => {
    const [payload = '', mac] = ours.sign('cart', '{}', credential).split('.');
    const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('user_1', 'user_2')).toString('base64url');
    expect(() => ours.verify('cart', '{}', `${forged}.${mac}`)).toThrow();
  });

  test('an older key still verifies after rotation', () => {
    const before = internalAuth('old:another-secret-of-length');
    expect(ours.verify('cart', '{}', before.sign('cart', '{}', credential))).toEqual(credential);
  });

  test('is refused after half a minute', () => {
    const header = ours.sign('cart', '{}', credential);
    vi.useFakeTimers({ now: Date.now() + 31_000 });
    expect(() => ours.verify('cart', '{}', header)).toThrow();
    vi.useRealTimers();
  });
});
