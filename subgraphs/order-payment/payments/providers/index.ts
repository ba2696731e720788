import { type AlipaySettings, createAlipayProvider } from './alipay.ts';
import type { PaymentMethodKind, PaymentProvider } from './provider.ts';
import { createSandboxProvider, type SandboxSettings } from './sandbox.ts';
import { createStripeProvider, type StripeSettings } from './stripe.ts';
import { createWechatPayProvider, type WechatPaySettings } from './wechat-pay.ts';

/** A provider without settings is not offered. */
export interface ProviderSettings {
  stripe?: StripeSettings | undefined;
  alipay?: AlipaySettings | undefined;
  wechatPay?: WechatPaySettings | undefined;
  /** Left out where no sandbox may serve, as in production. */
  sandbox?: SandboxSettings | undefined;
}

/** In the order in which they are preferred; the sandbox takes what no other provider serves. */
const FACTORIES: readonly ((settings: ProviderSettings) => PaymentProvider | undefined)[] = [
  ({ stripe }) => stripe && createStripeProvider(stripe),
  ({ alipay }) => alipay && createAlipayProvider(alipay),
  ({ wechatPay }) => wechatPay && createWechatPayProvider(wechatPay),
  ({ sandbox }) => sandbox && createSandboxProvider(sandbox),
];

export interface Providers {
  readonly all: readonly PaymentProvider[];
  /** Who takes new payments by this method; null if nobody does. */
  forMethod(method: PaymentMethodKind): PaymentProvider | null;
  /** Whose payment or notification it is, also after another provider has taken over its methods. */
  named(name: string): PaymentProvider | null;
}

export function createProviders(settings: ProviderSettings): Providers {
  return chooseAmong(FACTORIES.map((create) => create(settings)).filter((provider) => provider !== undefined));
}

export function chooseAmong(all: readonly PaymentProvider[]): Providers {
  return {
    all,
    forMethod: (method) => all.find((provider) => provider.methods.includes(method)) ?? null,
    named: (name) => all.find((provider) => provider.name === name) ?? null,
  };
}
