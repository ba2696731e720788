import type { Both } from './text.ts';

export interface CategoryWords {
  readonly slug: string;
  readonly name: Both;
  readonly below?: readonly CategoryWords[];
}

const node = (slug: string, en: string, zh: string, below: readonly CategoryWords[] = []): CategoryWords => ({ slug, name: { en, zh }, below });

/** Sixty categories on up to three levels. */
export const CATEGORIES: readonly CategoryWords[] = [
  node('tea-and-food', 'Tea & food', '茶与食品', [
    node('tea', 'Tea', '茶叶', [
      node('green-tea', 'Green tea', '绿茶'),
      node('black-tea', 'Black tea', '红茶'),
      node('white-tea', 'White tea', '白茶'),
      node('oolong-tea', 'Oolong tea', '乌龙茶'),
    ]),
    node('coffee', 'Coffee', '咖啡', [node('coffee-beans', 'Coffee beans', '咖啡豆'), node('drip-coffee', 'Drip coffee', '挂耳咖啡')]),
    node('snacks', 'Snacks', '零食'),
    node('condiments', 'Condiments', '调味品'),
    node('honey', 'Honey', '蜂蜜'),
  ]),
  node('electronics', 'Electronics', '数码电子', [
    node('audio', 'Audio', '音频', [node('headphones', 'Headphones', '耳机'), node('speakers', 'Speakers', '音箱')]),
    node('phone-accessories', 'Phone accessories', '手机配件', [node('chargers', 'Chargers', '充电器'), node('phone-cases', 'Phone cases', '手机壳')]),
    node('computer-accessories', 'Computer accessories', '电脑外设', [node('keyboards', 'Keyboards', '键盘'), node('mice', 'Mice', '鼠标')]),
    node('wearables', 'Wearables', '智能穿戴'),
    node('photography', 'Photography', '摄影'),
  ]),
  node('home-and-kitchen', 'Home & kitchen', '家居厨房', [
    node('kitchen', 'Kitchen', '厨房用品', [node('cookware', 'Cookware', '锅具'), node('knives', 'Knives', '刀具'), node('tableware', 'Tableware', '餐具')]),
    node('bedding', 'Bedding', '床上用品'),
    node('lighting', 'Lighting', '灯具'),
    node('storage', 'Storage', '收纳'),
    node('bath', 'Bath', '卫浴'),
  ]),
  node('sports-and-outdoors', 'Sports & outdoors', '运动户外', [
    node('camping', 'Camping', '露营', [node('tents', 'Tents', '帐篷'), node('camp-stoves', 'Camp stoves', '露营炉具')]),
    node('hiking', 'Hiking', '徒步', [node('backpacks', 'Backpacks', '背包'), node('trekking-poles', 'Trekking poles', '登山杖')]),
    node('cycling', 'Cycling', '骑行'),
    node('fitness', 'Fitness', '健身'),
  ]),
  node('stationery-and-hobbies', 'Stationery & hobbies', '文具与爱好', [
    node('pens', 'Pens', '笔'),
    node('notebooks', 'Notebooks', '本册'),
    node('art-supplies', 'Art supplies', '美术用品'),
    node('toys', 'Toys', '玩具', [node('puzzles', 'Puzzles', '拼图'), node('building-blocks', 'Building blocks', '积木')]),
    node('crafts', 'Crafts', '手工'),
  ]),
  node('bakery-and-flowers', 'Bakery & flowers', '烘焙鲜花', [
    node('bread', 'Bread', '面包'),
    node('cakes', 'Cakes', '蛋糕'),
    node('flowers', 'Flowers', '鲜花', [node('bouquets', 'Bouquets', '花束')]),
  ]),
  node('digital-goods', 'Digital goods', '数字商品', [
    node('e-books', 'E-books', '电子书'),
    node('online-courses', 'Online courses', '在线课程'),
    node('software', 'Software', '软件'),
  ]),
  node('second-hand', 'Second-hand', '二手闲置'),
];
