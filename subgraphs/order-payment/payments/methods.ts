import type { Config } from '#platform/config.ts';
import type { Text } from '#platform/errors.ts';
import { providersOf } from './companies.ts';
import type { ClientKind, PaymentMethodKind, ProviderActionType } from './providers/provider.ts';

const TITLES: Readonly<Record<PaymentMethodKind, Text>> = {
  ALIPAY: { en: 'Alipay', zh: '支付宝' },
  WECHAT_PAY: { en: 'WeChat Pay', zh: '微信支付' },
  BANK_CARD: { en: 'Bank card', zh: '银行卡' },
  COMPANY_CREDIT: { en: 'Company credit', zh: '企业授信' },
};

export const isPaymentMethod = (name: string | null): name is PaymentMethodKind => name !== null && name in TITLES;

const WALLETS_FIRST: readonly PaymentMethodKind[] = ['ALIPAY', 'WECHAT_PAY', 'BANK_CARD', 'COMPANY_CREDIT'];
const CARDS_FIRST: readonly PaymentMethodKind[] = ['BANK_CARD', 'ALIPAY', 'WECHAT_PAY', 'COMPANY_CREDIT'];

/** The members of PaymentAction. */
export const ACTION_TYPES = {
  QR_CODE: 'QrCodeAction',
  REDIRECT: 'RedirectAction',
  CLIENT_CONFIRM: 'ClientConfirmAction',
  APP_INVOKE: 'AppInvokeAction',
} as const satisfies Record<ProviderActionType, string>;

const actionsOf = (config: Config, method: PaymentMethodKind, client: ClientKind): readonly ProviderActionType[] =>
  providersOf(config).forMethod(method)?.actionTypes(method, client) ?? [];

function takes(config: Config, method: PaymentMethodKind, currency: string): boolean {
  const { currencies = null } = providersOf(config).forMethod(method) ?? {};
  return currencies === null || currencies.includes(currency);
}

/** What can be paid with in this currency on this client, some provider serving it. */
export const methodsFor = (config: Config, client: ClientKind, currency: string): PaymentMethodKind[] =>
  WALLETS_FIRST.filter((method) => actionsOf(config, method, client).length > 0 && takes(config, method, currency));

export function methodOptions(
  config: Config,
  { countryCode, currency, client }: { countryCode: string; currency: string; client: ClientKind },
  locale: string,
) {
  const available = methodsFor(config, client, currency);
  const order = countryCode === 'CN' ? WALLETS_FIRST : CARDS_FIRST;
  return order
    .filter((method) => available.includes(method))
    .map((method) => ({
      method,
      title: TITLES[method][locale.startsWith('zh') ? 'zh' : 'en'],
      actionTypes: actionsOf(config, method, client).map((type) => ACTION_TYPES[type]),
      minimum: null,
      maximum: null,
    }));
}
