/** Where buyers live, how they are called and what they pay in. */
export interface Country {
  readonly code: string;
  readonly currency: string;
  readonly locale: string;
  readonly timeZone: string;
  readonly method: 'ALIPAY' | 'WECHAT_PAY' | 'BANK_CARD';
  readonly family: readonly string[];
  readonly given: readonly string[];
  readonly places: readonly {
    readonly region: string;
    readonly city: string;
    readonly district: string | null;
    readonly postalCode: string;
    readonly dial: string;
  }[];
  readonly streets: readonly string[];
  readonly nameOf: (family: string, given: string) => string;
  readonly lineOf: (street: string, number: number) => string;
}

const western = {
  nameOf: (family: string, given: string) => `${given} ${family}`,
};

export const COUNTRIES = {
  CN: {
    code: 'CN',
    currency: 'CNY',
    locale: 'zh-CN',
    timeZone: 'Asia/Shanghai',
    method: 'ALIPAY',
    family: ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '胡', '朱', '高', '林'],
    given: ['小明', '晓雯', '子涵', '思远', '雨桐', '建国', '文静', '浩然', '佳怡', '志强', '若兰', '一鸣', '慧敏', '嘉诚', '秋月', '海燕'],
    places: [
      { region: '上海市', city: '上海', district: '静安区', postalCode: '200040', dial: '+86138' },
      { region: '浙江省', city: '杭州', district: '西湖区', postalCode: '310012', dial: '+86139' },
      { region: '北京市', city: '北京', district: '朝阳区', postalCode: '100020', dial: '+86136' },
      { region: '广东省', city: '深圳', district: '南山区', postalCode: '518052', dial: '+86135' },
      { region: '四川省', city: '成都', district: '锦江区', postalCode: '610021', dial: '+86137' },
    ],
    streets: ['南京西路', '文三路', '建国路', '科技园路', '春熙路', '人民路', '中山路'],
    nameOf: (family, given) => `${family}${given}`,
    lineOf: (street, number) => `${street}${number}号`,
  },
  US: {
    ...western,
    code: 'US',
    currency: 'USD',
    locale: 'en-US',
    timeZone: 'America/New_York',
    method: 'BANK_CARD',
    family: ['Miller', 'Garcia', 'Johnson', 'Nguyen', 'Brown', 'Davis', 'Martinez', 'Wilson', 'Clark', 'Young'],
    given: ['Emma', 'Liam', 'Olivia', 'Noah', 'Ava', 'Ethan', 'Grace', 'Lucas', 'Hannah', 'Owen'],
    places: [
      { region: 'NY', city: 'Brooklyn', district: null, postalCode: '11201', dial: '+1212' },
      { region: 'CA', city: 'Oakland', district: null, postalCode: '94607', dial: '+1510' },
      { region: 'WA', city: 'Seattle', district: null, postalCode: '98101', dial: '+1206' },
    ],
    streets: ['Maple Street', 'Oak Avenue', 'Lake Drive', 'Mill Road'],
    lineOf: (street, number) => `${number} ${street}`,
  },
  DE: {
    ...western,
    code: 'DE',
    currency: 'EUR',
    locale: 'de-DE',
    timeZone: 'Europe/Berlin',
    method: 'BANK_CARD',
    family: ['Schneider', 'Fischer', 'Weber', 'Becker', 'Hoffmann', 'Wolf'],
    given: ['Anna', 'Jonas', 'Lena', 'Paul', 'Mia', 'Felix'],
    places: [
      { region: 'Bayern', city: 'München', district: null, postalCode: '80331', dial: '+4989' },
      { region: 'Berlin', city: 'Berlin', district: null, postalCode: '10115', dial: '+4930' },
    ],
    streets: ['Lindenstraße', 'Bergweg', 'Gartenstraße'],
    lineOf: (street, number) => `${street} ${number}`,
  },
  FR: {
    ...western,
    code: 'FR',
    currency: 'EUR',
    locale: 'fr-FR',
    timeZone: 'Europe/Paris',
    method: 'BANK_CARD',
    family: ['Martin', 'Bernard', 'Petit', 'Durand', 'Leroy'],
    given: ['Camille', 'Louis', 'Chloé', 'Hugo', 'Manon'],
    places: [{ region: 'Île-de-France', city: 'Paris', district: null, postalCode: '75011', dial: '+3314' }],
    streets: ['rue de la Roquette', 'avenue Ledru-Rollin', 'rue Oberkampf'],
    lineOf: (street, number) => `${number} ${street}`,
  },
  JP: {
    code: 'JP',
    currency: 'JPY',
    locale: 'ja-JP',
    timeZone: 'Asia/Tokyo',
    method: 'BANK_CARD',
    family: ['佐藤', '鈴木', '高橋', '田中', '伊藤', '渡辺'],
    given: ['陽菜', '蓮', '結衣', '大翔', '美咲', '悠真'],
    places: [
      { region: '東京都', city: '東京', district: '渋谷区', postalCode: '150-0001', dial: '+8190' },
      { region: '京都府', city: '京都', district: '中京区', postalCode: '604-8001', dial: '+8180' },
    ],
    streets: ['神宮前', '御池通', '河原町'],
    nameOf: (family, given) => `${family} ${given}`,
    lineOf: (street, number) => `${street}${(number % 9) + 1}-${(number % 20) + 1}`,
  },
} as const satisfies Record<string, Country>;

export type CountryCode = keyof typeof COUNTRIES;
