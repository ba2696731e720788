import { type Both, both } from './text.ts';

/** A choice that a product offers: what it is called, and each value with what it does to the price. */
export interface OptionWords {
  readonly name: Both;
  readonly values: readonly { readonly name: Both; readonly factor: number }[];
}

const plain = (text: string, factor: number) => ({ name: both(text, text), factor });
const even = (en: string, zh: string) => ({ name: both(en, zh), factor: 1 });

export const OPTIONS = {
  weight: { name: both('Weight', '净含量'), values: [plain('100 g', 1), plain('250 g', 2.3), plain('500 g', 4.4), plain('50 g', 0.6)] },
  color: { name: both('Color', '颜色'), values: [even('Black', '黑色'), even('White', '白色'), even('Celadon', '青瓷色'), even('Indigo', '靛蓝')] },
  size: { name: both('Size', '尺码'), values: [plain('M', 1), plain('L', 1.05), plain('S', 1), plain('XL', 1.1)] },
  volume: { name: both('Capacity', '容量'), values: [plain('500 ml', 1), plain('750 ml', 1.2), plain('350 ml', 0.9), plain('1 L', 1.45)] },
  pieces: {
    name: both('Pieces', '数量'),
    values: [
      even('Single', '单件'),
      { name: both('Pair', '两件装'), factor: 1.9 },
      { name: both('Set of 4', '四件套'), factor: 3.6 },
      { name: both('Set of 6', '六件套'), factor: 5.2 },
    ],
  },
  power: { name: both('Power', '功率'), values: [plain('30 W', 1), plain('65 W', 1.7), plain('100 W', 2.4), plain('20 W', 0.8)] },
  length: { name: both('Length', '长度'), values: [plain('120 cm', 1), plain('135 cm', 1.1), plain('110 cm', 0.95), plain('145 cm', 1.2)] },
  persons: {
    name: both('Persons', '人数'),
    values: [
      { name: both('2 persons', '双人'), factor: 1 },
      { name: both('3 persons', '三人'), factor: 1.35 },
      { name: both('4 persons', '四人'), factor: 1.7 },
      { name: both('1 person', '单人'), factor: 0.75 },
    ],
  },
  diameter: { name: both('Diameter', '直径'), values: [plain('24 cm', 1), plain('28 cm', 1.25), plain('20 cm', 0.85), plain('32 cm', 1.5)] },
  cake: { name: both('Diameter', '尺寸'), values: [plain('16 cm', 1), plain('20 cm', 1.5), plain('24 cm', 2.1), plain('12 cm', 0.7)] },
  licence: {
    name: both('Licence', '授权'),
    values: [
      even('Personal', '个人版'),
      { name: both('Team', '团队版'), factor: 4 },
      { name: both('Company', '企业版'), factor: 12 },
      { name: both('Student', '学生版'), factor: 0.5 },
    ],
  },
  nib: { name: both('Nib', '笔尖'), values: [plain('F', 1), plain('M', 1), plain('EF', 1.05), plain('B', 1.05)] },
  ruling: { name: both('Ruling', '内页'), values: [even('Lined', '横线'), even('Dotted', '点阵'), even('Blank', '空白'), even('Squared', '方格')] },
} as const satisfies Record<string, OptionWords>;

export type OptionKey = keyof typeof OPTIONS;
