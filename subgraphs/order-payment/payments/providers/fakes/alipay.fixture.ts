import { randomBytes, sign, verify } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AlipaySettings, createAlipayProvider } from '../alipay.ts';
import type { ProviderFixture } from '../contract.ts';
import type { ProviderAction, RawNotification } from '../provider.ts';
import { type Call, FAILS_FIRST, openCompany, openMerchant, PENDS_FIRST, type Response } from './company.fixture.ts';
import { bareBase64, foldedPem, keysOf } from './keys.fixture.ts';

const APP_ID = '2021000122671080';
const SELLER_ID = '2088102146225135';

interface Order {
  readonly out_trade_no: string;
  readonly total_amount: string;
  readonly subject: string;
  readonly time_expire: string;
  readonly notifyUrl: string | undefined;
}

interface Refund {
  readonly key: string;
  readonly fen: number;
  status: 'DONE' | 'PENDING' | 'FAILED';
  at: string;
}

interface Trade {
  readonly order: Order;
  readonly no: string;
  status: 'WAIT_BUYER_PAY' | 'TRADE_SUCCESS' | 'TRADE_CLOSED';
  paidAt: string | null;
  readonly refunds: Refund[];
}

type Content = Record<string, unknown>;

const fenOf = (yuan: string): number => Math.round(Number(yuan) * 100);
const yuanOf = (fen: number): string => (fen / 100).toFixed(2);
const beijing = (time = new Date()): string => new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
const refused = (code: string, message: string): Content => ({ code: '40004', msg: 'Business Failed', sub_code: code, sub_msg: message });
const done = (content: Content): Content => ({ code: '10000', msg: 'Success', ...content });
const NOT_EXIST = refused('ACQ.TRADE_NOT_EXIST', '交易不存在');

/** Alipay's gateway in small: a trade begins when the buyer comes, answers and notifications carry RSA2 signatures. */
export async function openAlipay() {
  const [app, alipay] = [keysOf('alipay app'), keysOf('alipay')];
  const codes = new Map<string, Order>();
  const trades = new Map<string, Trade>();
  const merchant = await openMerchant(({ body }: RawNotification) => new URLSearchParams(body.toString()).get('out_trade_no') ?? undefined);

  const company = await openCompany(async (call) => {
    // Parameters may stand in the address or in the body.
    const params = Object.fromEntries([...call.url.searchParams, ...new URLSearchParams(call.body.toString())]);
    const { breakdown } = fixture;
    if (breakdown) return answerOf(params['method'] ?? '', breakdown);
    const problem = problemOf(params);
    return problem ? answerOf(params['method'] ?? '', refused(problem, '验签出错')) : answer(call, params);
  });

  function problemOf(params: Record<string, string>): string | null {
    const content = Object.keys(params)
      .filter((name) => name !== 'sign')
      .sort()
      .map((name) => `${name}=${params[name]}`)
      .join('&');
    if (params['app_id'] !== APP_ID) return 'isv.invalid-app-id';
    if (params['sign_type'] !== 'RSA2' || params['charset'] !== 'utf-8' || params['version'] !== '1.0') return 'isv.invalid-parameter';
    if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(params['timestamp'] ?? '')) return 'isv.invalid-timestamp';
    return verify('RSA-SHA256', Buffer.from(content), app.publicKey, Buffer.from(params['sign'] ?? '', 'base64')) ? null : 'isv.invalid-signature';
  }

  /** Slashes are escaped, as by the real gateway: who parses and writes the answer again has other bytes. */
  function answerOf(method: string, content: Content): Response {
    const text = JSON.stringify(content).replaceAll('/', String.raw`\/`);
    const signature = sign('RSA-SHA256', Buffer.from(text), alipay.privateKey).toString('base64');
    const body = `{"${method.replaceAll('.', '_')}_response":${text},"sign":"${signature}"}`;
    return { status: 200, headers: { 'content-type': 'text/html;charset=utf-8' }, body };
  }

  const METHODS: Record<string, (content: Record<string, string>, notifyUrl: string | undefined) => Content> = {
    'alipay.trade.precreate': precreate,
    'alipay.trade.query': ({ out_trade_no: id = '' }) => shown(trades.get(id)),
    'alipay.trade.close': ({ out_trade_no: id = '' }) => close(trades.get(id)),
    'alipay.trade.refund': refund,
    'alipay.trade.fastpay.refund.query': queryRefund,
  };

  async function answer({ url }: Call, params: Record<string, string>): Promise<Response> {
    const method = params['method'] ?? '';
    const perform = METHODS[method];
    if (!perform || url.searchParams.get('charset') !== 'utf-8') return answerOf(method, refused('isv.invalid-method', '不存在的方法名'));
    return answerOf(method, perform(JSON.parse(params['biz_content'] ?? '{}'), params['notify_url']));
  }

  function precreate(content: Record<string, string>, notifyUrl: string | undefined): Content {
    const order = orderOf(content, notifyUrl);
    if (!order) return refused('ACQ.INVALID_PARAMETER', '参数无效');
    const trade = trades.get(order.out_trade_no);
    if (trade?.status === 'TRADE_SUCCESS') return refused('ACQ.TRADE_HAS_SUCCESS', '交易已被支付');
    if (trade?.status === 'TRADE_CLOSED') return refused('ACQ.TRADE_HAS_CLOSE', '交易已经关闭');
    if (trade && trade.order.total_amount !== order.total_amount) return refused('ACQ.CONTEXT_INCONSISTENT', '交易信息被篡改');
    const code = `https://qr.alipay.com/bax${order.out_trade_no}`;
    codes.set(code, order);
    return done({ out_trade_no: order.out_trade_no, qr_code: code });
  }

  function orderOf(content: Record<string, string>, notifyUrl: string | undefined): Order | null {
    const { out_trade_no = '', total_amount = '', subject = '', time_expire = '' } = content;
    const isValid =
      /^\w{1,64}$/.test(out_trade_no) &&
      /^\d{1,9}\.\d\d$/.test(total_amount) &&
      fenOf(total_amount) >= 1 &&
      fenOf(total_amount) <= 10_000_000_000 &&
      /^[^/=&]{1,256}$/.test(subject) &&
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time_expire);
    return isValid ? { out_trade_no, total_amount, subject, time_expire, notifyUrl } : null;
  }

  function shown(trade: Trade | undefined): Content {
    if (!trade) return NOT_EXIST;
    const { order, no, status, paidAt } = trade;
    return done({
      buyer_logon_id: '159****5620',
      out_trade_no: order.out_trade_no,
      total_amount: order.total_amount,
      trade_no: no,
      trade_status: status,
      ...(paidAt && { send_pay_date: paidAt }),
      store_name: '茶/店',
    });
  }

  function close(trade: Trade | undefined): Content {
    if (!trade) return NOT_EXIST;
    if (trade.status !== 'WAIT_BUYER_PAY') return refused('ACQ.TRADE_STATUS_ERROR', '交易状态不合法');
    trade.status = 'TRADE_CLOSED';
    return done({ trade_no: trade.no, out_trade_no: trade.order.out_trade_no });
  }

  function refund(content: Record<string, string>): Content {
    const { out_trade_no: id = '', out_request_no: key = '', refund_amount: yuan = '' } = content;
    const trade = trades.get(id);
    if (!trade) return NOT_EXIST;
    const fen = fenOf(yuan);
    const known = trade.refunds.find((one) => one.key === key);
    if (known && known.fen !== fen) return refused('ACQ.DISCORDANT_REPEAT_REQUEST', '请求信息不一致');
    const taken = trade.refunds.filter((one) => one.status !== 'FAILED').reduce((sum, one) => sum + one.fen, 0);
    if (!known && !trade.paidAt) return refused('ACQ.TRADE_STATUS_ERROR', '交易状态不合法');
    if (!known && taken + fen > fenOf(trade.order.total_amount)) return refused('ACQ.REASON_TRADE_REFUND_FEE_ERR', '退款金额超限');
    const made = known ?? begin(trade, key, fen);
    if (made.status === 'FAILED') return refused('ACQ.SELLER_BALANCE_NOT_ENOUGH', '卖家余额不足');
    return done({ out_trade_no: id, trade_no: trade.no, fund_change: known || made.status === 'PENDING' ? 'N' : 'Y', refund_fee: yuanOf(taken) });
  }

  function begin(trade: Trade, key: string, fen: number): Refund {
    const failsNow = fen === FAILS_FIRST && trade.refunds.length === 0;
    const made: Refund = { key, fen, status: failsNow ? 'FAILED' : fen === PENDS_FIRST ? 'PENDING' : 'DONE', at: '' };
    trade.refunds.push(made);
    if (made.status === 'DONE') finish(trade, made);
    if (made.status === 'PENDING') void sleep(200).then(() => finish(trade, made));
    return made;
  }

  function finish(trade: Trade, made: Refund): void {
    made.status = 'DONE';
    made.at = beijing();
    const total = trade.refunds.filter((one) => one.status === 'DONE').reduce((sum, one) => sum + one.fen, 0);
    if (total === fenOf(trade.order.total_amount)) trade.status = 'TRADE_CLOSED';
    notify(trade, { out_biz_no: made.key, refund_fee: yuanOf(total), gmt_refund: `${made.at}.123` });
  }

  function queryRefund({
    out_trade_no: id = '',
    out_request_no: key = '',
    ...content
  }: Record<string, unknown> & { out_trade_no?: string; out_request_no?: string }): Content {
    const trade = trades.get(id);
    if (!trade) return NOT_EXIST;
    const made = trade.refunds.find((one) => one.key === key && one.status === 'DONE');
    if (!made) return done({});
    const asksForTime = Array.isArray(content['query_options']) && content['query_options'].includes('gmt_refund_pay');
    const amounts = { total_amount: trade.order.total_amount, refund_amount: yuanOf(made.fen) };
    return done({
      out_trade_no: id,
      trade_no: trade.no,
      out_request_no: key,
      refund_status: 'REFUND_SUCCESS',
      ...amounts,
      ...(asksForTime && { gmt_refund_pay: made.at }),
    });
  }

  function notify(trade: Trade, changes: Record<string, string> = {}): void {
    const { order, no, status, paidAt } = trade;
    if (order.notifyUrl === undefined) return;
    const params: Record<string, string> = {
      gmt_create: paidAt ?? '',
      charset: 'utf-8',
      seller_email: 'tea+shop@example.test',
      subject: order.subject,
      buyer_open_id: '074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5',
      notify_id: randomBytes(16).toString('hex'),
      notify_type: 'trade_status_sync',
      notify_time: beijing(),
      trade_status: status,
      app_id: APP_ID,
      auth_app_id: APP_ID,
      seller_id: SELLER_ID,
      out_trade_no: order.out_trade_no,
      trade_no: no,
      total_amount: order.total_amount,
      receipt_amount: order.total_amount,
      gmt_payment: paidAt ?? '',
      fund_bill_list: `[{"amount":"${order.total_amount}","fundChannel":"ALIPAYACCOUNT"}]`,
      version: '1.0',
      ...changes,
    };
    company.notify(order.notifyUrl, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, signedForm(params));
  }

  function signedForm(params: Record<string, string>): string {
    const content = Object.keys(params)
      .sort()
      .map((name) => `${name}=${params[name]}`)
      .join('&');
    const signature = sign('RSA-SHA256', Buffer.from(content), alipay.privateKey).toString('base64');
    return new URLSearchParams({ ...params, sign: signature, sign_type: 'RSA2' }).toString();
  }

  /** The buyer comes: by code, by page or by the wallet app. From now on there is a trade. */
  function open(action: ProviderAction): Trade {
    const order = action.type === 'QR_CODE' ? codes.get(action.content) : signedOrder(action);
    if (!order) throw new Error('Alipay does not know this code');
    const known = trades.get(order.out_trade_no);
    if (known) return known;
    if (order.time_expire <= beijing()) throw new Error('this code has expired');
    const trade: Trade = {
      order,
      no: `${beijing().slice(0, 10).replaceAll('-', '')}22001${randomBytes(5).toString('hex')}`,
      status: 'WAIT_BUYER_PAY',
      paidAt: null,
      refunds: [],
    };
    trades.set(order.out_trade_no, trade);
    return trade;
  }

  function signedOrder(action: ProviderAction): Order | null {
    const text = action.type === 'REDIRECT' ? new URL(action.url).search : action.type === 'APP_INVOKE' ? (action.params[0]?.value ?? '') : '';
    const params = Object.fromEntries(new URLSearchParams(text));
    if (problemOf(params)) throw new Error(`Alipay refuses this page: ${problemOf(params)}`);
    return orderOf(JSON.parse(params['biz_content'] ?? '{}'), params['notify_url']);
  }

  async function pay(action: ProviderAction): Promise<void> {
    const trade = open(action);
    await sleep(Math.random() * 4);
    if (trade.status !== 'WAIT_BUYER_PAY') return;
    trade.status = 'TRADE_SUCCESS';
    trade.paidAt = beijing();
    notify(trade);
  }

  const settings: AlipaySettings = {
    gatewayUrl: `${company.origin}/gateway.do`,
    appId: APP_ID,
    sellerId: SELLER_ID,
    privateKey: app.privateKey,
    publicKey: alipay.publicKey,
  };
  const connect = (changes: Partial<AlipaySettings> = {}) => createAlipayProvider({ ...settings, ...changes });

  const fixture = {
    provider: connect(),
    connect,
    company,
    settings,
    signedForm,
    /** What it answers to everything while it is out of order. */
    breakdown: null as Content | null,
    notifyUrl: merchant.notifyUrl,
    notifications: merchant.notifications,
    environment: {
      ALIPAY_APP_ID: APP_ID,
      ALIPAY_SELLER_ID: SELLER_ID,
      ALIPAY_PRIVATE_KEY: bareBase64(app.privateKey),
      ALIPAY_PUBLIC_KEY: foldedPem(alipay.publicKey),
      ALIPAY_GATEWAY_URL: settings.gatewayUrl,
    },
    buyer: {
      open: async (action: ProviderAction) => open(action),
      pay,
      decline: async (action: ProviderAction) => open(action),
    },
    withOtherAccount: connect({ appId: '2021000199999999' }),
    withOtherKey: connect({ publicKey: keysOf('somebody else').publicKey }),
    withClockAhead: (seconds: number) => connect({ now: () => new Date(Date.now() + seconds * 1000) }),
    unreachable: connect({ gatewayUrl: 'http://127.0.0.1:9/gateway.do' }),
    refundAmounts: { failsFirst: FAILS_FIRST, pendsFirst: PENDS_FIRST },
    async close() {
      await company.close();
      await merchant.close();
    },
  } satisfies ProviderFixture & Record<string, unknown>;
  return fixture;
}
