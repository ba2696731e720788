import { userError, validationError } from '#platform/errors.ts';
import type { PaymentMethodKind } from './providers/provider.ts';

export const alreadyPaid = (path: readonly string[], paymentId: string) =>
  userError('AlreadyPaidError', 'ALREADY_PAID', path, { en: 'This purchase is paid already.', zh: '此订单已支付。' }, { paymentId });

export const orderExpired = (path: readonly string[], expiredAt: Date) =>
  userError('OrderExpiredError', 'ORDER_EXPIRED', path, { en: 'The time to pay is over; order again.', zh: '支付时间已过，请重新下单。' }, { expiredAt });

export const amountChanged = (due: string) =>
  validationError(
    ['input', 'expectedAmount'],
    { en: `What is due is ${due}; show that to the buyer and ask again.`, zh: `应付金额为 ${due}，请向买家确认后重试。` },
    'AMOUNT_CHANGED',
  );

export const returnUrlNotAllowed = (origins: readonly string[]) =>
  validationError(
    ['input', 'returnUrl'],
    { en: `The way back must lead to a page of ${origins.join(' or ')}.`, zh: `返回地址必须属于 ${origins.join(' 或 ')}。` },
    'RETURN_URL_NOT_ALLOWED',
  );

export const wechatOpenIdRequired = () =>
  validationError(
    ['input', 'wechatOpenId'],
    { en: "A mini program pays with the buyer's `wechatOpenId`.", zh: '小程序支付需要提供 wechatOpenId。' },
    'WECHAT_OPEN_ID_REQUIRED',
  );

export const methodUnavailable = (availableMethods: readonly PaymentMethodKind[]) =>
  userError(
    'PaymentMethodUnavailableError',
    'PAYMENT_METHOD_UNAVAILABLE',
    ['input', 'method'],
    { en: 'This cannot be paid in that way here; choose another way.', zh: '此处不支持该支付方式，请选择其他方式。' },
    { availableMethods: [...availableMethods] },
  );

export const providerUnavailable = (path: readonly string[]) =>
  userError(
    'PaymentProviderError',
    'PAYMENT_PROVIDER_UNAVAILABLE',
    path,
    { en: 'The payment provider does not answer; try again in a moment.', zh: '支付服务暂时没有响应，请稍后重试。' },
    { retryable: true, retryAfterSeconds: 3 },
  );

export const providerRejected = (path: readonly string[]) =>
  userError(
    'PaymentProviderError',
    'PAYMENT_PROVIDER_REJECTED',
    path,
    { en: 'The payment provider does not take this payment; choose another way to pay.', zh: '支付服务拒绝了此笔支付，请更换支付方式。' },
    { retryable: false, retryAfterSeconds: null },
  );
