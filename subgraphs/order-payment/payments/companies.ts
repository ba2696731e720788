import { createHmac } from 'node:crypto';
import type { Config } from '#platform/config.ts';
import { credentialsOf } from './credentials.ts';
import { createProviders, type Providers } from './providers/index.ts';
import { type PaymentProvider, ProviderUnavailableError } from './providers/provider.ts';

/** Who moves money for this shop: made once per configuration, since every request's context has the same one. */
const kept = new WeakMap<Config, Providers>();

export function providersOf(config: Config): Providers {
  let providers = kept.get(config);
  if (!providers)
    kept.set(config, (providers = createProviders({ ...credentialsOf(config), sandbox: servesSandbox(config) ? sandboxSettings(config) : undefined })));
  return providers;
}

/** The provider of an earlier payment; without it nothing about that payment can be found out. */
export function providerNamed(config: Config, name: string): PaymentProvider {
  const provider = providersOf(config).named(name);
  if (!provider) throw new ProviderUnavailableError(name, 'this provider is not configured any more');
  return provider;
}

/** Where this provider is told to notify us. */
export const notifyUrlOf = (config: Config, provider: string): string =>
  `${(config.PSP_NOTIFY_BASE_URL ?? config.publicUrl).replace(/\/$/, '')}/psp/${provider}`;

/** Play money has no place in production. */
export const servesSandbox = (config: Config): boolean => !config.production;

/** What the shop and the sandbox company have agreed on; every process of a shop derives the same. */
export const sandboxAccount = (config: Config) => ({
  account: 'tradegraph',
  secret: createHmac('sha256', config.INTERNAL_AUTH_KEYS).update('sandbox-account').digest('base64url'),
});

const sandboxSettings = (config: Config) => ({
  ...sandboxAccount(config),
  apiUrl: () => (config.TOPOLOGY === 'services' ? (config.subgraphUrls['order-payment'] ?? config.publicUrl) : config.publicUrl).replace(/\/$/, ''),
});
