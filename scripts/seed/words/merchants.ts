import type { CountryCode } from './people.ts';
import { type Both, both } from './text.ts';

interface Place {
  readonly name: string;
  readonly region: string;
  readonly city: string;
  readonly line1: string;
  readonly postalCode: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly offersPickup?: boolean;
}

/** Delivery to some countries; amounts in minor units. */
interface RateWords {
  readonly title: string;
  readonly countries: readonly CountryCode[];
  readonly price: number;
  readonly currency: string;
  readonly freeFrom: number | null;
  readonly days: readonly [min: number, max: number];
}

export interface MerchantWords {
  readonly slug: string;
  readonly name: string;
  readonly legalName: string;
  readonly owner: string;
  readonly kind: 'BUSINESS' | 'INDIVIDUAL';
  readonly country: string;
  readonly timeZone: string;
  readonly phone: string;
  /** The first is its own, in which it is paid. */
  readonly currencies: readonly string[];
  readonly about: Both;
  readonly policy: { readonly windowDays: number; readonly returnRequired: boolean; readonly autoApproveAfterHours: number; readonly text: Both };
  readonly sells: 'PHYSICAL' | 'DIGITAL' | 'C2C_LISTING';
  readonly modes: readonly ('SHIPPING' | 'PICKUP' | 'DIGITAL_DELIVERY')[];
  readonly places: readonly Place[];
  readonly rates: readonly RateWords[];
  readonly carrier: string;
}

const WITHIN_30 = {
  windowDays: 30,
  returnRequired: false,
  autoApproveAfterHours: 72,
  text: both('Money back within 30 days, no questions asked.', '30 天内无理由退款。'),
};
const RETURN_15 = {
  windowDays: 15,
  returnRequired: true,
  autoApproveAfterHours: 48,
  text: both('Returns within 15 days in the original box.', '15 天内原包装退货。'),
};

const china = (price: number, freeFrom: number | null): RateWords => ({
  title: '标准快递 Standard',
  countries: ['CN'],
  price,
  currency: 'CNY',
  freeFrom,
  days: [2, 5],
});
const europe = (price: number, freeFrom: number | null): RateWords => ({
  title: 'Standard (EU)',
  countries: ['DE', 'FR'],
  price,
  currency: 'EUR',
  freeFrom,
  days: [2, 6],
});
const america = (price: number, freeFrom: number | null): RateWords => ({
  title: 'Ground (US)',
  countries: ['US'],
  price,
  currency: 'USD',
  freeFrom,
  days: [3, 7],
});
const japan = (price: number, freeFrom: number | null): RateWords => ({ title: '宅配便', countries: ['JP'], price, currency: 'JPY', freeFrom, days: [1, 3] });

/** Eight kinds of merchants; a larger shop has more of each. */
export const MERCHANTS: readonly MerchantWords[] = [
  {
    slug: 'cloud-terrace-tea',
    name: '云台茶舍 Cloud Terrace Tea',
    legalName: '杭州云台茶业有限公司',
    owner: '沈云',
    kind: 'BUSINESS',
    country: 'CN',
    timeZone: 'Asia/Shanghai',
    phone: '+8657187654321',
    currencies: ['CNY', 'USD', 'EUR', 'JPY'],
    about: both('Tea, coffee and what goes with it, from small gardens.', '来自小茶园的茶、咖啡与佐茶小食。'),
    policy: WITHIN_30,
    sells: 'PHYSICAL',
    modes: ['SHIPPING'],
    places: [{ name: '杭州仓 Hangzhou', region: '浙江省', city: '杭州', line1: '龙井路18号', postalCode: '310013', longitude: 120.11, latitude: 30.22 }],
    rates: [china(800, 9900), america(1200, 9900), europe(1100, 9900), japan(1200, 15000)],
    carrier: 'SF Express',
  },
  {
    slug: 'northstar-digital',
    name: '北辰数码 Northstar Digital',
    legalName: '深圳北辰数码科技有限公司',
    owner: '梁晨',
    kind: 'BUSINESS',
    country: 'CN',
    timeZone: 'Asia/Shanghai',
    phone: '+8657187654321',
    currencies: ['CNY', 'USD', 'EUR', 'JPY'],
    about: both('Audio, accessories and things with a battery, tested before they leave.', '音频、配件与各类电子产品，出库前逐台检测。'),
    policy: RETURN_15,
    sells: 'PHYSICAL',
    modes: ['SHIPPING'],
    places: [
      { name: '深圳仓 Shenzhen', region: '广东省', city: '深圳', line1: '科技园路9号', postalCode: '518057', longitude: 113.95, latitude: 22.54 },
      { name: '苏州仓 Suzhou', region: '江苏省', city: '苏州', line1: '星湖街328号', postalCode: '215000', longitude: 120.73, latitude: 31.26 },
    ],
    rates: [china(0, null), america(990, 14900), europe(890, 14900), japan(900, 15000)],
    carrier: 'SF Express',
  },
  {
    slug: 'hearth-and-oak',
    name: 'Hearth & Oak Home',
    legalName: 'Hearth & Oak LLC',
    owner: 'Grace Miller',
    kind: 'BUSINESS',
    country: 'US',
    timeZone: 'America/New_York',
    phone: '+17185550123',
    currencies: ['USD', 'CNY', 'EUR'],
    about: both('Kitchen and home goods that get better with the years.', '越用越好的厨房与家居用品。'),
    policy: WITHIN_30,
    sells: 'PHYSICAL',
    modes: ['SHIPPING'],
    places: [{ name: 'Brooklyn warehouse', region: 'NY', city: 'Brooklyn', line1: '55 Water Street', postalCode: '11201', longitude: -73.99, latitude: 40.7 }],
    rates: [america(695, 5900), china(4500, 49900), europe(1490, 19900)],
    carrier: 'UPS',
  },
  {
    slug: 'bergweg-outdoor',
    name: 'Bergweg Outdoor',
    legalName: 'Bergweg Outdoor GmbH',
    owner: 'Jonas Weber',
    kind: 'BUSINESS',
    country: 'DE',
    timeZone: 'Europe/Berlin',
    phone: '+498912345678',
    currencies: ['EUR', 'USD', 'CNY', 'JPY'],
    about: both('Light equipment for long ways.', '为长途而生的轻装备。'),
    policy: RETURN_15,
    sells: 'PHYSICAL',
    modes: ['SHIPPING'],
    places: [{ name: 'Lager München', region: 'Bayern', city: 'München', line1: 'Bergweg 4', postalCode: '80331', longitude: 11.57, latitude: 48.14 }],
    rates: [europe(490, 7900), america(1990, 19900), china(6900, 79900), japan(2200, 30000)],
    carrier: 'DHL',
  },
  {
    slug: 'hoshino-stationery',
    name: '星野文具店 Hoshino Stationery',
    legalName: '株式会社星野文具',
    owner: '星野 美咲',
    kind: 'BUSINESS',
    country: 'JP',
    timeZone: 'Asia/Tokyo',
    phone: '+81751234567',
    currencies: ['JPY', 'CNY', 'USD'],
    about: both('Paper, pens and quiet toys from Kyoto.', '来自京都的纸、笔与安静的玩具。'),
    policy: WITHIN_30,
    sells: 'PHYSICAL',
    modes: ['SHIPPING'],
    places: [{ name: '京都倉庫', region: '京都府', city: '京都', line1: '御池通2-1', postalCode: '604-8001', longitude: 135.76, latitude: 35.01 }],
    rates: [japan(550, 5000), china(3900, 39900), america(1490, 12900)],
    carrier: 'Yamato',
  },
  {
    slug: 'corner-oven',
    name: '街角烘焙花房 Corner Oven & Petals',
    legalName: '上海街角食品有限公司',
    owner: '许可',
    kind: 'BUSINESS',
    country: 'CN',
    timeZone: 'Asia/Shanghai',
    phone: '+8657187654321',
    currencies: ['CNY'],
    about: both('Bread, cakes and flowers; ordered here, collected around the corner.', '面包、蛋糕与鲜花，线上下单，街角自提。'),
    policy: {
      windowDays: 2,
      returnRequired: false,
      autoApproveAfterHours: 24,
      text: both('Tell us on the same day if something is wrong.', '如有问题请当天告知。'),
    },
    sells: 'PHYSICAL',
    modes: ['SHIPPING', 'PICKUP'],
    places: [
      {
        name: '静安店 Jing’an',
        region: '上海市',
        city: '上海',
        line1: '南京西路1266号',
        postalCode: '200040',
        longitude: 121.45,
        latitude: 31.23,
        offersPickup: true,
      },
      {
        name: '徐汇店 Xuhui',
        region: '上海市',
        city: '上海',
        line1: '淮海中路999号',
        postalCode: '200031',
        longitude: 121.46,
        latitude: 31.22,
        offersPickup: true,
      },
      {
        name: '浦东店 Pudong',
        region: '上海市',
        city: '上海',
        line1: '世纪大道8号',
        postalCode: '200120',
        longitude: 121.5,
        latitude: 31.24,
        offersPickup: true,
      },
    ],
    rates: [china(1500, 19900)],
    carrier: 'SF Express',
  },
  {
    slug: 'paperless-studio',
    name: 'Paperless Studio',
    legalName: 'Paperless Studio Pte. Ltd.',
    owner: 'Mei Tan',
    kind: 'BUSINESS',
    country: 'SG',
    timeZone: 'Asia/Singapore',
    phone: '+6561234567',
    currencies: ['USD', 'CNY', 'EUR', 'JPY'],
    about: both('Books, courses and typefaces, delivered by wire.', '电子书、课程与字体，即买即得。'),
    policy: { windowDays: 14, returnRequired: false, autoApproveAfterHours: 24, text: both('Money back within 14 days.', '14 天内可退款。') },
    sells: 'DIGITAL',
    modes: ['DIGITAL_DELIVERY'],
    places: [
      { name: 'Download server', region: 'Singapore', city: 'Singapore', line1: '1 Fusionopolis Way', postalCode: '138632', longitude: 103.79, latitude: 1.3 },
    ],
    rates: [],
    carrier: 'E-mail',
  },
  {
    slug: 'zhous-attic',
    name: '小周的阁楼 Zhou’s Attic',
    legalName: '周一鸣',
    owner: '周一鸣',
    kind: 'INDIVIDUAL',
    country: 'CN',
    timeZone: 'Asia/Shanghai',
    phone: '+8657187654321',
    currencies: ['CNY'],
    about: both('Things that I loved and no longer need.', '曾经喜欢、如今闲置的好物。'),
    policy: { windowDays: 3, returnRequired: true, autoApproveAfterHours: 72, text: both('As described, or money back.', '与描述不符可退。') },
    sells: 'C2C_LISTING',
    modes: ['SHIPPING'],
    places: [{ name: '成都 Chengdu', region: '四川省', city: '成都', line1: '春熙路20号', postalCode: '610021', longitude: 104.08, latitude: 30.66 }],
    rates: [china(1200, null)],
    carrier: 'SF Express',
  },
];

/** Two that do not trade: one waits for staff, one was stopped by them. */
export const IDLE_MERCHANTS: readonly {
  readonly like: number;
  readonly slug: string;
  readonly name: string;
  readonly owner: string;
  readonly status: 'SUSPENDED' | 'UNDER_REVIEW';
  readonly reason: string | null;
}[] = [
  {
    like: 1,
    slug: 'brightbox',
    name: 'Brightbox Gadgets',
    owner: 'Owen Clark',
    status: 'SUSPENDED',
    reason: 'Counterfeit goods were reported; under investigation.',
  },
  { like: 0, slug: 'wuyi-new-leaf', name: '武夷新叶 Wuyi New Leaf', owner: '林秋月', status: 'UNDER_REVIEW', reason: null },
];
