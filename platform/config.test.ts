import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

/** The complaints, one a line as the start prints them; none when the settings will do. */
function complaints(environment: Record<string, string>): string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}- /, ''));
  }
}

const keyPair = () => ({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'own' });
const OWN_SECRETS = {
  SIGNING_KEYS: JSON.stringify([keyPair()]),
  INTERNAL_AUTH_KEYS: 'own:sixteen-characters-at-least',
  STAFF_PASSWORD: 'a-password-of-our-own',
};

describe('settings', () => {
  test('all have defaults, and an empty variable is none', () => {
    expect(complaints({})).toEqual([]);
    expect(loadConfig({ PORT: '', HOST: '' })).toMatchObject({ PORT: 4000, HOST: '127.0.0.1', publicUrl: 'http://127.0.0.1:4000' });
  });

  test('everything that is wrong is told at once', () => {
    const wrong = {
      PORT: '99999',
      TOPOLOGY: 'both',
      MONGODB_URI: 'postgres://x',
      SIGNING_KEYS: 'secret',
      INTERNAL_AUTH_KEYS: 'short:secret',
      BCRYPT_COST: 'high',
    };
    expect(complaints(wrong).map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(Object.keys(wrong)));
  });

  test.each([
    ['no JSON', 'secret', /must be a JSON array of private Ed25519 JWKs/],
    ['no array', '{}', /must be a JSON array/],
    ['an empty array', '[]', /must be a JSON array/],
    ['bytes that are no key', JSON.stringify([{ ...keyPair(), d: 'AAAA' }]), /"own" is no Ed25519 key/],
    ['halves of two keys', JSON.stringify([{ ...keyPair(), x: keyPair().x }]), /"own" is no Ed25519 key/],
  ])('signing keys: %s', (_name, SIGNING_KEYS, sentence) => {
    expect(complaints({ SIGNING_KEYS })).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('tax rates', () => {
  test('are by country', () => {
    const CN = { standard: 1300, reduced: 900, digital: 600 };
    expect(loadConfig({ TAX_RATES: JSON.stringify({ CN }) }).TAX_RATES).toEqual({ CN });
    expect(loadConfig({}).TAX_RATES).toEqual({});
  });
  test.each(['13 %', '[]', '{"CN":1300}', '{"China":{"standard":1,"reduced":1,"digital":1}}', '{"CN":{"standard":10001,"reduced":1,"digital":1}}'])(
    'not %s',
    (TAX_RATES) => {
      expect(complaints({ TAX_RATES })).toEqual([expect.stringMatching(/^TAX_RATES: must be a JSON object of countries/)]);
    },
  );
});

describe('production', () => {
  test.each([
    ['SIGNING_KEYS', undefined],
    ['INTERNAL_AUTH_KEYS', undefined],
    ['STAFF_PASSWORD', undefined],
    ['BCRYPT_COST', '9'],
    ['CRASH_AFTER', 'order'],
  ])('refuses %s %s', (name, value) => {
    const { [name]: _given, ...rest }: Record<string, string> = OWN_SECRETS;
    expect(complaints({ NODE_ENV: 'production', ...rest, ...(value !== undefined && { [name]: value }) })).toEqual([expect.stringMatching(`^${name}: `)]);
  });
});
