import { randomBytes, sign, verify } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderFixture } from '../contract.ts';
import type { ProviderAction } from '../provider.ts';
import { openedWith, sealedWith } from './sealing.fixture.ts';
import { createWechatPayProvider, type WechatPaySettings } from '../wechat-pay.ts';
import { certificateOf } from './certificate.fixture.ts';
import { type Call, FAILS_FIRST, openCompany, openMerchant, PENDS_FIRST, type Response } from './company.fixture.ts';
import { bareBase64, foldedPem, keysOf } from './keys.fixture.ts';

const APP_ID = 'wxd678efh567hg6787';
const MINI_PROGRAM_APP_ID = 'wx3e9b1a2c4d5f6071';
const MCH_ID = '1900007291';
const MERCHANT_SERIAL = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1';
const PLATFORM_SERIAL = '33DDFEC51BF5412F663B9B56510FD567B625FC68';
const PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000072912024';
const API_V3_KEY = 'abcdefghijklmnopqrstuvwxyz012345';

interface Refund {
  readonly key: string;
  readonly id: string;
  readonly amount: number;
  status: 'SUCCESS' | 'CLOSED' | 'PROCESSING' | 'ABNORMAL';
  at: string | null;
  readonly notifyUrl: string;
}

interface Order {
  readonly out_trade_no: string;
  readonly appid: string;
  readonly total: number;
  readonly notify_url: string;
  readonly time_expire: string;
  readonly prepayId: string;
  state: 'NOTPAY' | 'SUCCESS' | 'CLOSED' | 'REFUND';
  transactionId: string | null;
  paidAt: string | null;
  readonly refunds: Refund[];
}

interface Answer {
  readonly status: number;
  readonly content?: object;
}

const number = (length: number): string => Array.from(randomBytes(length), (byte) => byte % 10).join('');
const rfc3339 = (time: Date): string => `${new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
const refused = (status: number, code: string, message: string): Answer => ({ status, content: { code, message, detail: {} } });
const NO_ORDER = refused(404, 'ORDER_NOT_EXIST', '订单不存在');

/** WeChat Pay's APIv3 in small. It signs with its public key for those who ask for it, else with a platform certificate. */
export async function openWechatPay(trust: 'public-key' | 'certificates') {
  const [merchantKeys, publicKeys, platformKeys] = [keysOf('wechat merchant'), keysOf('wechat public key'), keysOf('wechat platform')];
  const orders = new Map<string, Order>();
  const clock = (): number => Date.now() + fixture.aheadMs;
  const merchant = await openMerchant(({ body }) => JSON.parse(openedWith(API_V3_KEY, JSON.parse(body.toString()).resource)).out_trade_no);

  const company = await openCompany(async (call) => {
    const problem = problemOf(call);
    const { status, content } = fixture.breakdown ?? (problem ? refused(401, 'SIGN_ERROR', problem) : route(call));
    const body = content ? JSON.stringify(content) : '';
    return {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8', ...signatureOf(body, call.headers['wechatpay-serial']) },
      body,
    } satisfies Response;
  });

  function signatureOf(body: string, asked: unknown): Record<string, string> {
    const [serial, { privateKey }] = asked === PUBLIC_KEY_ID ? [PUBLIC_KEY_ID, publicKeys] : [PLATFORM_SERIAL, platformKeys];
    const [timestamp, nonce] = [String(Math.floor(clock() / 1000)), randomBytes(16).toString('hex')];
    const signature = sign('RSA-SHA256', Buffer.from(`${timestamp}\n${nonce}\n${body}\n`), privateKey).toString('base64');
    return { 'wechatpay-serial': serial, 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-signature': signature };
  }

  function problemOf({ method, url, headers, body }: Call): string | null {
    const [scheme = '', written = ''] = (headers.authorization ?? '').split(/ (.*)/s);
    const fields = Object.fromEntries([...written.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const { mchid, serial_no: serial, timestamp = '', nonce_str: nonce = '', signature = '' } = fields;
    if (scheme !== 'WECHATPAY2-SHA256-RSA2048' || mchid !== MCH_ID || serial !== MERCHANT_SERIAL) return '商户号或证书序列号有误';
    if (Math.abs(clock() / 1000 - Number(timestamp)) > 300 || !/^\w{16,32}$/.test(nonce))
      return 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟';
    if (!headers['user-agent'] || !headers.accept?.includes('json')) return 'Http头缺少Accept或User-Agent';
    const signed = `${method}\n${url.pathname}${url.search}\n${timestamp}\n${nonce}\n${body.toString()}\n`;
    return verify('RSA-SHA256', Buffer.from(signed), merchantKeys.publicKey, Buffer.from(signature, 'base64')) ? null : '签名错误，请检查后再试';
  }

  function route({ method, url, body }: Call): Answer {
    const content = method === 'POST' ? JSON.parse(body.toString()) : {};
    const [, tradeNo = '', isClose] = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+?)(\/close)?$/.exec(url.pathname) ?? [];
    const [, product] = /^\/v3\/pay\/transactions\/(native|h5|jsapi|app)$/.exec(url.pathname) ?? [];
    const [, refundNo] = /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/.exec(url.pathname) ?? [];
    if (url.pathname === '/v3/certificates') return { status: 200, content: { data: [certificate()] } };
    if (product && method === 'POST') return prepay(product, content);
    if (url.pathname === '/v3/refund/domestic/refunds' && method === 'POST') return refund(content);
    if (refundNo) return queryRefund(decodeURIComponent(refundNo));
    if (!tradeNo) return refused(404, 'NOT_FOUND', url.pathname);
    if ((isClose ? content.mchid : url.searchParams.get('mchid')) !== MCH_ID) return refused(400, 'PARAM_ERROR', '商户号不匹配');
    return isClose ? close(tradeNo) : query(tradeNo);
  }

  function prepay(product: string, content: any): Answer {
    const { out_trade_no: tradeNo, amount, time_expire: expires } = content;
    const isValid =
      /^[\w\-|*@]{6,32}$/.test(tradeNo) &&
      Number.isInteger(amount?.total) &&
      amount.total > 0 &&
      amount.currency === 'CNY' &&
      content.mchid === MCH_ID &&
      [APP_ID, MINI_PROGRAM_APP_ID].includes(content.appid) &&
      Buffer.byteLength(content.description) <= 127 &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(expires) &&
      Date.parse(expires) > clock() + 60_000 - 1_500 &&
      (product !== 'jsapi' || typeof content.payer?.openid === 'string') &&
      (product !== 'h5' || (content.scene_info?.h5_info?.type === 'Wap' && content.scene_info?.payer_client_ip));
    if (!isValid) return refused(400, 'PARAM_ERROR', '参数错误');
    const known = orders.get(tradeNo);
    if (known && known.total !== amount.total) return refused(403, 'OUT_TRADE_NO_USED', '商户订单号重复');
    if (known?.state === 'CLOSED') return refused(400, 'ORDER_CLOSED', '订单已关闭');
    if (known && known.state !== 'NOTPAY') return refused(400, 'ORDERPAID', '该订单已支付');
    const order: Order = known ?? {
      out_trade_no: tradeNo,
      appid: content.appid,
      total: amount.total,
      notify_url: content.notify_url,
      time_expire: expires,
      prepayId: `wx${number(28)}`,
      state: 'NOTPAY',
      transactionId: null,
      paidAt: null,
      refunds: [],
    };
    orders.set(tradeNo, order);
    if (product === 'native') return { status: 200, content: { code_url: `weixin://wxpay/bizpayurl?pr=${order.prepayId}` } };
    if (product === 'h5') return { status: 200, content: { h5_url: `https://wx.tenpay.example/checkmweb?prepay_id=${order.prepayId}&package=1` } };
    return { status: 200, content: { prepay_id: order.prepayId } };
  }

  const transactionOf = ({ out_trade_no, appid, total, state, transactionId, paidAt }: Order) => ({
    amount: { currency: 'CNY', payer_currency: 'CNY', payer_total: total, total },
    appid,
    attach: '',
    mchid: MCH_ID,
    out_trade_no,
    promotion_detail: [],
    trade_state: state,
    trade_state_desc: '茶',
    ...(transactionId && { transaction_id: transactionId, success_time: paidAt, bank_type: 'OTHERS', payer: { openid: 'o-buyer' }, trade_type: 'NATIVE' }),
  });

  function query(tradeNo: string): Answer {
    const order = orders.get(tradeNo);
    return order ? { status: 200, content: transactionOf(order) } : NO_ORDER;
  }

  function close(tradeNo: string): Answer {
    const order = orders.get(tradeNo);
    if (!order) return NO_ORDER;
    if (order.paidAt) return refused(400, 'ORDERPAID', '订单已支付');
    order.state = 'CLOSED';
    return { status: 204 };
  }

  function refund(content: any): Answer {
    const { out_trade_no: tradeNo, out_refund_no: key, amount, notify_url: notifyUrl } = content;
    const order = orders.get(tradeNo);
    if (!order?.paidAt) return refused(404, 'RESOURCE_NOT_EXISTS', '订单不存在');
    const isValid = /^[\w\-|*@]{1,64}$/.test(key) && amount?.total === order.total && amount.currency === 'CNY' && Buffer.byteLength(content.reason) <= 80;
    if (!isValid || !Number.isInteger(amount.refund)) return refused(400, 'PARAM_ERROR', '参数错误');
    const known = order.refunds.find((one) => one.key === key);
    if (known && known.amount !== amount.refund) return refused(400, 'INVALID_REQUEST', '订单金额或退款金额与之前请求不一致');
    const taken = order.refunds.filter(({ status }) => status !== 'CLOSED').reduce((sum, one) => sum + one.amount, 0);
    if (!known && taken + amount.refund > order.total) return refused(400, 'INVALID_REQUEST', '申请退款金额大于订单可退金额');
    return { status: 200, content: refundShown(order, known ?? begin(order, key, amount.refund, notifyUrl)) };
  }

  function begin(order: Order, key: string, amount: number, notifyUrl: string): Refund {
    const failsNow = amount === FAILS_FIRST && order.refunds.length === 0;
    const made: Refund = {
      key,
      id: `503${number(25)}`,
      amount,
      status: failsNow ? 'CLOSED' : amount === PENDS_FIRST ? 'PROCESSING' : 'SUCCESS',
      at: null,
      notifyUrl,
    };
    order.refunds.push(made);
    if (made.status === 'SUCCESS') finish(order, made, 'SUCCESS');
    if (made.status === 'PROCESSING') void sleep(200).then(() => finish(order, made, fixture.refundsEndAs));
    return made;
  }

  function finish(order: Order, made: Refund, status: 'SUCCESS' | 'ABNORMAL'): void {
    made.status = status;
    if (status === 'SUCCESS') made.at = rfc3339(new Date(clock()));
    order.state = 'REFUND';
    const { status: _status, channel: _channel, ...shown } = refundShown(order, made);
    notify(made.notifyUrl, `REFUND.${status}`, 'refund', { mchid: MCH_ID, ...shown, refund_status: status });
  }

  const refundShown = (order: Order, made: Refund) => ({
    refund_id: made.id,
    out_refund_no: made.key,
    transaction_id: order.transactionId,
    out_trade_no: order.out_trade_no,
    channel: 'ORIGINAL',
    user_received_account: '支付用户零钱',
    ...(made.at && { success_time: made.at }),
    status: made.status,
    amount: { total: order.total, refund: made.amount, payer_total: order.total, payer_refund: made.amount },
  });

  function queryRefund(key: string): Answer {
    for (const order of orders.values()) {
      const made = order.refunds.find((one) => one.key === key);
      if (made) return { status: 200, content: refundShown(order, made) };
    }
    return refused(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
  }

  const certificate = () => {
    const validity = { from: new Date(clock() - 86_400_000), to: new Date(fixture.certificateEndsAt) };
    return { serial_no: PLATFORM_SERIAL, encrypt_certificate: sealedWith(API_V3_KEY, certificateOf(platformKeys, PLATFORM_SERIAL, validity), 'certificate') };
  };

  function notify(url: string, type: string, kind: string, content: object): void {
    const { headers, body } = signedNotification(type, kind, content);
    company.notify(url, headers, body);
  }

  function signedNotification(type: string, kind: string, content: object) {
    const event = {
      id: randomBytes(16).toString('hex'),
      create_time: rfc3339(new Date(clock())),
      resource_type: 'encrypt-resource',
      event_type: type,
      summary: '支付成功',
    };
    const body = JSON.stringify({ ...event, resource: { original_type: kind, ...sealedWith(API_V3_KEY, JSON.stringify(content), kind) } });
    return { headers: { 'content-type': 'application/json', ...signatureOf(body, trust === 'public-key' ? PUBLIC_KEY_ID : undefined) }, body };
  }

  /** The buyer's side: the code, the page, or what the WeChat app is handed, whose signature it checks. */
  function orderOf(action: ProviderAction): Order {
    const params = action.type === 'APP_INVOKE' ? Object.fromEntries(action.params.map(({ name, value }) => [name, value])) : {};
    const text = action.type === 'QR_CODE' ? action.content : action.type === 'REDIRECT' ? action.url : (params['package'] ?? '') + (params['prepayid'] ?? '');
    const order = [...orders.values()].find(({ prepayId }) => text.includes(prepayId));
    if (!order) throw new Error('WeChat Pay does not know this code');
    if (action.type === 'APP_INVOKE') {
      const { appId, timeStamp, nonceStr, paySign, appid, timestamp, noncestr, prepayid, sign: appSign } = params;
      const lines = paySign ? [appId, timeStamp, nonceStr, params['package']] : [appid, timestamp, noncestr, prepayid];
      const signature = Buffer.from(paySign ?? appSign ?? '', 'base64');
      if (!verify('RSA-SHA256', Buffer.from(lines.map((line) => `${line}\n`).join('')), merchantKeys.publicKey, signature)) throw new Error('支付验证签名失败');
      if (lines[0] !== order.appid) throw new Error('下单的appid与调起支付的appid不一致');
    }
    return order;
  }

  async function pay(action: ProviderAction): Promise<void> {
    const order = orderOf(action);
    await sleep(Math.random() * 4);
    if (order.state !== 'NOTPAY' || Date.parse(order.time_expire) < clock()) return;
    Object.assign(order, { state: 'SUCCESS', transactionId: `4200${number(24)}`, paidAt: rfc3339(new Date(clock())) });
    notify(order.notify_url, 'TRANSACTION.SUCCESS', 'transaction', transactionOf(order));
  }

  const settings: WechatPaySettings = {
    apiUrl: company.origin,
    appId: APP_ID,
    miniProgramAppId: MINI_PROGRAM_APP_ID,
    mchId: MCH_ID,
    serialNo: MERCHANT_SERIAL,
    privateKey: merchantKeys.privateKey,
    apiV3Key: API_V3_KEY,
    publicKey: trust === 'public-key' ? { id: PUBLIC_KEY_ID, key: publicKeys.publicKey } : undefined,
  };
  const connect = (changes: Partial<WechatPaySettings> = {}) => createWechatPayProvider({ ...settings, ...changes });
  const current = trust === 'public-key' ? PUBLIC_KEY_ID : PLATFORM_SERIAL;

  const fixture = {
    provider: connect(),
    connect,
    company,
    settings,
    signedNotification,
    transactionOf: (paymentId: string) => transactionOf(orders.get(paymentId)!),
    /** What it answers to everything while it is out of order. */
    breakdown: null as Answer | null,
    /** How far its clock is ahead of ours. */
    aheadMs: 0,
    certificateEndsAt: Date.now() + 86_400_000,
    refundsEndAs: 'SUCCESS' as 'SUCCESS' | 'ABNORMAL',
    notifyUrl: merchant.notifyUrl,
    notifications: merchant.notifications,
    environment: {
      WECHAT_PAY_APP_ID: APP_ID,
      WECHAT_PAY_MINI_PROGRAM_APP_ID: MINI_PROGRAM_APP_ID,
      WECHAT_PAY_MCH_ID: MCH_ID,
      WECHAT_PAY_SERIAL_NO: MERCHANT_SERIAL,
      WECHAT_PAY_PRIVATE_KEY: foldedPem(merchantKeys.privateKey),
      WECHAT_PAY_API_V3_KEY: API_V3_KEY,
      WECHAT_PAY_API_URL: company.origin,
      ...(trust === 'public-key' && { WECHAT_PAY_PUBLIC_KEY: bareBase64(publicKeys.publicKey), WECHAT_PAY_PUBLIC_KEY_ID: PUBLIC_KEY_ID }),
    },
    buyer: {
      open: async (action: ProviderAction) => orderOf(action),
      pay,
      decline: async (action: ProviderAction) => orderOf(action),
    },
    withOtherAccount: connect({ appId: 'wx0000000000000000', miniProgramAppId: undefined }),
    withOtherKey: connect({ publicKey: { id: current, key: keysOf('somebody else').publicKey } }),
    withClockAhead(seconds: number) {
      return connect({ now: () => new Date(Date.now() + seconds * 1000) });
    },
    unreachable: connect({ apiUrl: 'http://127.0.0.1:9' }),
    refundAmounts: { failsFirst: FAILS_FIRST, pendsFirst: PENDS_FIRST },
    async close() {
      await company.close();
      await merchant.close();
    },
  } satisfies ProviderFixture & Record<string, unknown>;
  return fixture;
}
