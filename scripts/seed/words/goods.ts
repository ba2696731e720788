import type { OptionKey } from './options.ts';
import { type Both, both } from './text.ts';

/** What a picture of it looks like. */
export type Shape =
  | 'pouch'
  | 'cup'
  | 'bottle'
  | 'box'
  | 'lamp'
  | 'ball'
  | 'book'
  | 'plant'
  | 'bag'
  | 'device'
  | 'tool'
  | 'disc'
  | 'phones'
  | 'cloth'
  | 'tent'
  | 'pen'
  | 'loaf'
  | 'cake';

export interface Noun {
  readonly key: string;
  readonly name: Both;
  readonly categories: readonly string[];
  readonly shape: Shape;
  /** Whole yuan of the smallest variant. */
  readonly price: readonly [min: number, max: number];
  readonly grams: number;
  readonly options: readonly [OptionKey, OptionKey?];
  readonly tax: 'standard' | 'reduced' | 'digital';
}

type Rest = readonly [category: string, shape: Shape, min: number, max: number, grams: number, option: OptionKey, second?: OptionKey];

const kindOf =
  (tax: Noun['tax']) =>
  (key: string, en: string, zh: string, [category, shape, min, max, grams, option, second]: Rest): Noun => ({
    key,
    name: both(en, zh),
    categories: category.split(' '),
    shape,
    price: [min, max],
    grams,
    options: second ? [option, second] : [option],
    tax,
  });

const food = kindOf('reduced');
const goods = kindOf('standard');
const files = kindOf('digital');

/** What each of the eight kinds of merchant sells. */
export const NOUNS: readonly (readonly Noun[])[] = [
  [
    food('green-tea', 'green tea', '绿茶', ['green-tea', 'pouch', 38, 260, 120, 'weight']),
    food('black-tea', 'black tea', '红茶', ['black-tea', 'pouch', 32, 220, 120, 'weight']),
    food('white-tea', 'white tea', '白茶', ['white-tea', 'pouch', 48, 380, 120, 'weight']),
    food('oolong', 'oolong tea', '乌龙茶', ['oolong-tea', 'pouch', 42, 300, 120, 'weight']),
    food('coffee-beans', 'coffee beans', '咖啡豆', ['coffee-beans', 'pouch', 39, 128, 120, 'weight']),
    food('drip-coffee', 'drip coffee bags', '挂耳咖啡', ['drip-coffee', 'box', 29, 79, 150, 'pieces']),
    food('honey', 'acacia honey', '洋槐蜂蜜', ['honey', 'bottle', 36, 118, 400, 'weight']),
    food('nuts', 'roasted nuts', '烘烤坚果', ['snacks', 'pouch', 19, 69, 120, 'weight']),
    food('soy-sauce', 'soy sauce', '酱油', ['condiments', 'bottle', 15, 58, 700, 'volume']),
  ],
  [
    goods('headphones', 'headphones', '头戴式耳机', ['headphones', 'phones', 199, 1299, 280, 'color']),
    goods('earbuds', 'wireless earbuds', '无线耳机', ['headphones', 'device', 129, 899, 60, 'color']),
    goods('speaker', 'Bluetooth speaker', '蓝牙音箱', ['speakers', 'device', 149, 999, 650, 'color']),
    goods('charger', 'fast charger', '快充充电器', ['chargers', 'box', 49, 149, 140, 'power', 'color']),
    goods('phone-case', 'phone case', '手机壳', ['phone-cases', 'device', 29, 129, 45, 'color']),
    goods('keyboard', 'mechanical keyboard', '机械键盘', ['keyboards', 'device', 199, 999, 900, 'color']),
    goods('mouse', 'wireless mouse', '无线鼠标', ['mice', 'ball', 69, 499, 110, 'color']),
    goods('watch', 'smart watch', '智能手表', ['wearables', 'device', 299, 1999, 70, 'color', 'size']),
    goods('tripod', 'travel tripod', '旅行三脚架', ['photography', 'tool', 169, 899, 1300, 'length']),
  ],
  [
    goods('pan', 'frying pan', '平底锅', ['cookware', 'disc', 99, 459, 1200, 'diameter']),
    goods('knife', "chef's knife", '主厨刀', ['knives', 'tool', 128, 899, 240, 'size']),
    goods('plates', 'dinner plates', '餐盘', ['tableware', 'disc', 39, 169, 600, 'pieces', 'color']),
    goods('mug', 'mug', '马克杯', ['tableware', 'cup', 29, 119, 380, 'volume', 'color']),
    goods('duvet', 'duvet cover', '被套', ['bedding', 'cloth', 159, 699, 1500, 'size', 'color']),
    goods('lamp', 'desk lamp', '台灯', ['lighting', 'lamp', 119, 599, 1100, 'color']),
    goods('basket', 'storage basket', '收纳篮', ['storage', 'bag', 39, 159, 500, 'size']),
    goods('towel', 'bath towel', '浴巾', ['bath', 'cloth', 39, 139, 450, 'color', 'pieces']),
  ],
  [
    goods('tent', 'tent', '帐篷', ['tents', 'tent', 399, 2499, 2600, 'persons']),
    goods('stove', 'camp stove', '露营炉', ['camp-stoves', 'tool', 129, 599, 380, 'color']),
    goods('backpack', 'backpack', '双肩背包', ['backpacks', 'bag', 199, 1099, 1100, 'color', 'size']),
    goods('poles', 'trekking poles', '登山杖', ['trekking-poles', 'tool', 149, 799, 460, 'length']),
    goods('helmet', 'cycling helmet', '骑行头盔', ['cycling', 'ball', 159, 899, 290, 'size', 'color']),
    goods('mat', 'yoga mat', '瑜伽垫', ['fitness', 'cloth', 79, 399, 1400, 'color']),
    goods('flask', 'insulated bottle', '保温水壶', ['hiking', 'bottle', 89, 299, 350, 'volume', 'color']),
  ],
  [
    goods('fountain-pen', 'fountain pen', '钢笔', ['pens', 'pen', 89, 899, 30, 'nib']),
    goods('notebook', 'notebook', '笔记本', ['notebooks', 'book', 29, 149, 260, 'ruling']),
    goods('watercolours', 'watercolours', '水彩颜料', ['art-supplies', 'box', 69, 459, 320, 'size']),
    goods('puzzle', 'jigsaw puzzle', '拼图', ['puzzles', 'box', 59, 239, 700, 'pieces']),
    goods('blocks', 'wooden building blocks', '木质积木', ['building-blocks', 'box', 99, 459, 1300, 'color']),
    goods('origami', 'origami paper', '折纸', ['crafts', 'cloth', 19, 79, 160, 'color']),
  ],
  [
    food('sourdough', 'sourdough bread', '酸种面包', ['bread', 'loaf', 22, 48, 600, 'weight']),
    food('croissants', 'butter croissants', '黄油可颂', ['bread', 'loaf', 16, 36, 90, 'pieces']),
    food('cake', 'cream cake', '奶油蛋糕', ['cakes', 'cake', 128, 398, 900, 'cake']),
    goods('roses', 'rose bouquet', '玫瑰花束', ['bouquets', 'plant', 99, 399, 800, 'color']),
    goods('tulips', 'tulip bouquet', '郁金香花束', ['bouquets', 'plant', 79, 299, 700, 'color']),
  ],
  [
    files('e-book', 'e-book', '电子书', ['e-books', 'book', 19, 89, 0, 'licence']),
    files('course', 'online course', '在线课程', ['online-courses', 'device', 99, 599, 0, 'licence']),
    files('typeface', 'typeface', '字体', ['software', 'pen', 59, 399, 0, 'licence']),
    files('presets', 'photo presets', '照片预设', ['software', 'disc', 29, 159, 0, 'licence']),
  ],
  [
    goods('used-camera', 'film camera', '胶片相机', ['second-hand photography', 'device', 380, 2600, 700, 'color']),
    goods('used-novels', 'box of novels', '一箱小说', ['second-hand', 'book', 35, 120, 2400, 'color']),
    goods('used-jacket', 'down jacket', '羽绒服', ['second-hand', 'cloth', 180, 900, 900, 'size']),
    goods('used-lamp', 'vintage lamp', '复古台灯', ['second-hand lighting', 'lamp', 80, 480, 1500, 'color']),
    goods('used-bike-bag', 'bicycle bag', '自行车包', ['second-hand cycling', 'bag', 60, 320, 700, 'color']),
  ],
];
