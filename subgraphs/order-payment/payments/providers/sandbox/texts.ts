import type { PaymentStatus } from './company.ts';
import type { Button } from './payments.ts';

export type Language = 'en' | 'zh';

interface Texts {
  title: string;
  notice: string;
  payTo: string;
  description: string;
  method: string;
  deadline: string;
  reference: string;
  tests: string;
  back: string;
  methods: Record<string, string>;
  buttons: Record<Button, string>;
  outcomes: Record<Exclude<PaymentStatus, 'OPEN'>, string>;
  unknown: string;
  badRequest: string;
}

export const TEXTS: Record<Language, Texts> = {
  en: {
    title: 'Sandbox payment',
    notice: 'This is a test payment. No money moves.',
    payTo: 'Pay to',
    description: 'For',
    method: 'Method',
    deadline: 'Pay before',
    reference: 'Reference',
    tests: 'Other outcomes to try',
    back: 'Back to the merchant',
    methods: { ALIPAY: 'Alipay', WECHAT_PAY: 'WeChat Pay', BANK_CARD: 'Bank card' },
    buttons: {
      pay: 'Pay',
      decline: 'Decline',
      later: 'Pay in two seconds',
      twice: 'Pay, notify twice',
      'wrong-amount': 'Pay a wrong amount',
      'wrong-currency': 'Pay in a wrong currency',
    },
    outcomes: {
      PROCESSING: 'The payment is on its way.',
      SUCCEEDED: 'This payment has been paid.',
      FAILED: 'This payment was declined.',
      CLOSED: 'This payment is closed or has expired and can no longer be paid.',
    },
    unknown: 'There is no such payment.',
    badRequest: 'This form was not understood. Go back and use one of its buttons.',
  },
  zh: {
    title: '沙盒支付',
    notice: '这是测试支付，不会产生真实扣款。',
    payTo: '收款方',
    description: '说明',
    method: '支付方式',
    deadline: '支付截止时间',
    reference: '交易号',
    tests: '其他测试结果',
    back: '返回商家',
    methods: { ALIPAY: '支付宝', WECHAT_PAY: '微信支付', BANK_CARD: '银行卡' },
    buttons: {
      pay: '支付',
      decline: '拒绝',
      later: '两秒后支付',
      twice: '支付并通知两次',
      'wrong-amount': '支付错误金额',
      'wrong-currency': '以错误币种支付',
    },
    outcomes: {
      PROCESSING: '支付正在处理中。',
      SUCCEEDED: '该笔支付已完成。',
      FAILED: '该笔支付已被拒绝。',
      CLOSED: '该笔支付已关闭或已过期，无法继续支付。',
    },
    unknown: '没有这笔支付。',
    badRequest: '无法识别此表单，请返回并点击页面上的按钮。',
  },
};

/** The first of the wanted languages, by weight, that there is. */
export function chooseLanguage(acceptLanguage: string | undefined, fallback: string): Language {
  const wanted = (acceptLanguage ?? '').split(',').map((range) => {
    const [tag = '', weight] = range.trim().split(/\s*;\s*q=/);
    return { language: languageOf(tag), weight: weight === undefined ? 1 : Number(weight) };
  });
  const best = wanted.filter(({ language, weight }) => language && weight > 0).toSorted((a, b) => b.weight - a.weight)[0];
  return best?.language ?? languageOf(fallback) ?? 'en';
}

function languageOf(tag: string): Language | null {
  const primary = tag.toLowerCase().split('-')[0];
  return primary === 'en' || primary === 'zh' ? primary : null;
}
