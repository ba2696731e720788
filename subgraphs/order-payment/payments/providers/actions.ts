import { type ClientKind, type CreatePayment, type PaymentMethodKind, type ProviderActionType, ProviderRejectedError } from './provider.ts';

interface Offer {
  withReturnUrl: ProviderActionType;
  withoutReturnUrl: ProviderActionType;
  needsWechatOpenId?: true;
}

const always = (type: ProviderActionType): Offer => ({ withReturnUrl: type, withoutReturnUrl: type });
const scanOrReturn: Offer = { withReturnUrl: 'REDIRECT', withoutReturnUrl: 'QR_CODE' };

/** How each method is paid on each client; a client that is missing cannot use the method. */
const OFFERS: Record<PaymentMethodKind, Partial<Record<ClientKind, Offer>>> = {
  ALIPAY: {
    WEB: scanOrReturn,
    POS: scanOrReturn,
    MOBILE_WEB: always('REDIRECT'),
    IOS: always('APP_INVOKE'),
    ANDROID: always('APP_INVOKE'),
  },
  WECHAT_PAY: {
    WEB: always('QR_CODE'),
    POS: always('QR_CODE'),
    MOBILE_WEB: always('REDIRECT'),
    IOS: always('APP_INVOKE'),
    ANDROID: always('APP_INVOKE'),
    WECHAT_IN_APP: always('APP_INVOKE'),
    MINI_PROGRAM: { ...always('APP_INVOKE'), needsWechatOpenId: true },
  },
  BANK_CARD: {
    WEB: always('CLIENT_CONFIRM'),
    POS: always('CLIENT_CONFIRM'),
    MOBILE_WEB: always('CLIENT_CONFIRM'),
    IOS: always('CLIENT_CONFIRM'),
    ANDROID: always('CLIENT_CONFIRM'),
    WECHAT_IN_APP: always('CLIENT_CONFIRM'),
    MINI_PROGRAM: always('CLIENT_CONFIRM'),
  },
  COMPANY_CREDIT: {},
};

export function actionTypeFor(method: PaymentMethodKind, client: ClientKind, returnUrl: string | undefined): ProviderActionType | null {
  const offer = OFFERS[method][client];
  if (!offer) return null;
  return returnUrl === undefined ? offer.withoutReturnUrl : offer.withReturnUrl;
}

export function actionTypesFor(method: PaymentMethodKind, client: ClientKind): readonly ProviderActionType[] {
  const offer = OFFERS[method][client];
  return offer ? [...new Set([offer.withoutReturnUrl, offer.withReturnUrl])] : [];
}

export function needsWechatOpenId(method: PaymentMethodKind, client: ClientKind): boolean {
  return OFFERS[method][client]?.needsWechatOpenId ?? false;
}

/** How this payment is to be paid; rejected where it cannot be. `needsOpenId` is the provider's own. */
export function chooseAction(provider: string, payment: CreatePayment, needsOpenId: typeof needsWechatOpenId): ProviderActionType {
  const { method, client, returnUrl, wechatOpenId } = payment;
  const type = actionTypeFor(method, client, returnUrl);
  if (!type) throw new ProviderRejectedError(provider, 'method_unavailable', `${method} cannot be paid on ${client}`);
  if (needsOpenId(method, client) && !wechatOpenId) {
    throw new ProviderRejectedError(provider, 'wechat_open_id_missing', `${method} on ${client} needs wechatOpenId`);
  }
  return type;
}
