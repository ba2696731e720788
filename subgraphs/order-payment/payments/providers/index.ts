import type { PaymentMethodKind, PaymentProvider } from './provider.ts';
import { createSandboxProvider, type SandboxSettings } from './sandbox.ts';

export interface ProviderSettings {
  /** Left out where no sandbox may serve, as in production. */
  sandbox?: SandboxSettings | undefined;
}

/** In the order in which they are preferred; the sandbox takes what no other provider serves. */
const FACTORIES: readonly ((settings: ProviderSettings) => PaymentProvider | null)[] = [({ sandbox }) => (sandbox ? createSandboxProvider(sandbox) : null)];

export interface Providers {
  readonly all: readonly PaymentProvider[];
  /** Who takes new payments by this method; null if nobody does. */
  forMethod(method: PaymentMethodKind): PaymentProvider | null;
  /** Whose payment or notification it is, also after another provider has taken over its methods. */
  named(name: string): PaymentProvider | null;
}

export function createProviders(settings: ProviderSettings): Providers {
  return chooseAmong(FACTORIES.map((create) => create(settings)).filter((provider) => provider !== null));
}

export function chooseAmong(all: readonly PaymentProvider[]): Providers {
  return {
    all,
    forMethod: (method) => all.find((provider) => provider.methods.includes(method)) ?? null,
    named: (name) => all.find((provider) => provider.name === name) ?? null,
  };
}
