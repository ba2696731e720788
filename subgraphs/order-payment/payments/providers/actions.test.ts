import { describe, expect, test } from 'vitest';
import { actionTypeFor, actionTypesFor, needsWechatOpenId } from './actions.ts';
import { chooseAmong, createProviders } from './index.ts';
import { ProviderRejectedError } from './provider.ts';
import { createSandboxProvider } from './sandbox.ts';

const sandbox = createSandboxProvider({ apiUrl: () => 'http://127.0.0.1:9', account: 'shop-1', secret: 'secret' });

describe('actions', () => {
  test('name every answer that a client must expect', () => {
    expect(actionTypesFor('ALIPAY', 'WEB')).toEqual(['QR_CODE', 'REDIRECT']);
    expect(actionTypesFor('WECHAT_PAY', 'WEB')).toEqual(['QR_CODE']);
    expect(actionTypesFor('COMPANY_CREDIT', 'WEB')).toEqual([]);
  });

  test('are none where the method cannot be used', () => {
    expect(actionTypeFor('ALIPAY', 'WECHAT_IN_APP', undefined)).toBeNull();
    expect(actionTypeFor('ALIPAY', 'MINI_PROGRAM', 'https://shop.example')).toBeNull();
  });

  test('in mini programs WeChat Pay needs the buyer’s open id', async () => {
    expect(needsWechatOpenId('WECHAT_PAY', 'MINI_PROGRAM')).toBe(true);
    expect(needsWechatOpenId('WECHAT_PAY', 'WEB')).toBe(false);
    const request = {
      paymentId: 'payment_1',
      method: 'WECHAT_PAY',
      client: 'MINI_PROGRAM',
      amount: 1,
      currency: 'CNY',
      description: 'Tea',
      merchantName: 'Tea',
      deadline: new Date(),
      notifyUrl: 'http://127.0.0.1:9/psp/sandbox',
      locale: 'en',
    } as const;
    await expect(sandbox.create(request)).rejects.toThrow(ProviderRejectedError);
  });
});

describe('providers', () => {
  test('the sandbox serves what no other provider does', () => {
    const cards = { ...sandbox, name: 'cards', methods: ['BANK_CARD'] as const };
    const providers = chooseAmong([cards, sandbox]);
    expect(providers.forMethod('BANK_CARD')?.name).toBe('cards');
    expect(providers.forMethod('ALIPAY')?.name).toBe('sandbox');
    expect(providers.forMethod('COMPANY_CREDIT')).toBeNull();
    expect(providers.named('sandbox')?.methods).toContain('BANK_CARD');
  });

  test('without settings nobody serves', () => {
    expect(createProviders({}).all).toEqual([]);
    expect(createProviders({}).forMethod('ALIPAY')).toBeNull();
  });
});
