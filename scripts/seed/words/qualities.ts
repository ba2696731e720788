import { type Both, both } from './text.ts';

/** Makers, for each of the eight kinds of merchant; second-hand goods have the makers of the others. */
export const BRANDS: readonly (readonly Both[])[] = [
  [both('Yunlu', '云麓'), both('Qingxi', '清溪'), both('Songfeng', '松风'), both('Baimei', '白眉')],
  [both('Northstar', '北辰'), both('Lumen', '流明'), both('Kaihe', '开合'), both('Wavelet', '微波')],
  [both('Hearth & Oak', '炉与橡'), both('Plainware', '素器'), both('Millbrook', '磨溪'), both('Linden', '菩提')],
  [both('Bergweg', '山径'), both('Isar', '伊萨尔'), both('Nordhang', '北坡'), both('Tannwald', '冷杉林')],
  [both('Sumi', '墨'), both('Hoshino', '星野'), both('Kawabe', '川边'), both('Orizuru', '折鹤')],
  [both('Corner Oven', '街角烤炉'), both('Moonpetal', '月瓣')],
  [both('Paperless', '无纸'), both('Openhand', '摊手'), both('Glyphworks', '字作')],
  [both('Haiou', '海鸥'), both('Northstar', '北辰'), both('Bergweg', '山径'), both('Linden', '菩提')],
];

export const SERIES: readonly Both[] = [
  both('Morning Mist', '晨雾'),
  both('First Snow', '初雪'),
  both('Harbour', '港湾'),
  both('Old Town', '老城'),
  both('Pine Ridge', '松岭'),
  both('Quiet Lake', '静湖'),
  both('Lantern', '灯火'),
  both('Summit', '峰'),
  both('Meadow', '草甸'),
  both('Riverside', '河畔'),
  both('Daybreak', '破晓'),
  both('Evening', '暮色'),
  both('Compass', '罗盘'),
  both('Orchard', '果园'),
  both('Terrace', '露台'),
  both('Monsoon', '季风'),
  both('Amber', '琥珀'),
  both('Slate', '青石'),
  both('Willow', '柳'),
  both('North Wind', '北风'),
  both('Courtyard', '庭院'),
  both('Tide', '潮汐'),
  both('Ember', '余烬'),
  both('Jade', '玉'),
];

interface Quality {
  readonly word: Both;
  /** As an attribute: what it is a value of. */
  readonly of: Both;
}

const quality =
  (of: Both) =>
  (en: string, zh: string): Quality => ({ word: both(en, zh), of });
const harvest = quality(both('Harvest', '采摘'));
const material = quality(both('Material', '材质'));
const edition = quality(both('Edition', '版本'));
const condition = quality(both('Kept', '保存'));

export const QUALITIES: readonly (readonly Quality[])[] = [
  [
    harvest('hand-picked', '手采'),
    harvest('early-spring', '早春'),
    harvest('high-mountain', '高山'),
    harvest('organic', '有机'),
    harvest('small-batch', '小批量'),
    harvest('wild', '野生'),
  ],
  [
    material('aluminium', '铝合金'),
    material('matte', '磨砂'),
    material('recycled-plastic', '再生塑料'),
    material('glass', '玻璃'),
    material('titanium', '钛合金'),
    material('leather', '皮质'),
  ],
  [
    material('cast-iron', '铸铁'),
    material('stoneware', '粗陶'),
    material('linen', '亚麻'),
    material('bamboo', '竹制'),
    material('oak', '橡木'),
    material('enamel', '搪瓷'),
  ],
  [
    material('ultralight', '超轻'),
    material('ripstop', '防撕裂'),
    material('carbon', '碳纤维'),
    material('waterproof', '防水'),
    material('merino', '美利奴'),
    material('canvas', '帆布'),
  ],
  [
    material('lacquered', '漆面'),
    material('brass', '黄铜'),
    material('washi', '和纸'),
    material('beech', '榉木'),
    material('cotton-paper', '棉浆纸'),
    material('resin', '树脂'),
  ],
  [harvest('fresh', '新鲜'), harvest('stone-baked', '石窑'), harvest('seasonal', '当季'), harvest('hand-tied', '手扎')],
  [edition('complete', '完整版'), edition('illustrated', '插图版'), edition('beginner', '入门'), edition('advanced', '进阶')],
  [condition('well-kept', '保存完好'), condition('boxed', '原盒'), condition('rare', '少见'), condition('classic', '经典')],
];

/** About a product; `{product}` is its noun. */
export const SENTENCES: readonly Both[] = [
  both('A {quality} {product} for every day.', '{quality}{product}，每天都用得上。'),
  both('Made in small runs and checked by hand before it leaves the house.', '小批量制作，出厂前逐件检查。'),
  both('We have used it ourselves for a year before we began to sell it.', '上架之前，我们自己已经用了一年。'),
  both('Packed without plastic, in a box that can be used again.', '无塑包装，盒子可以重复使用。'),
  both('If it is not what you expected, send it back within the time that our terms say.', '如与预期不符，可在店铺规定的期限内退回。'),
  both('The {series} series keeps what is good and leaves out what is not needed.', '{series}系列保留好的，去掉多余的。'),
  both('Goes well with the other pieces of {brand}.', '与{brand}的其他产品搭配更佳。'),
  both('A present that does not end up in a drawer.', '送人也不会被放进抽屉。'),
  both('Each {product} differs a little from the next; that is how it should be.', '每一件{product}都略有不同，本该如此。'),
  both('Ask us anything: we answer on the same day.', '有问题请联系我们，当天回复。'),
];

export const ORIGINS: Readonly<Record<string, Both>> = {
  CN: both('China', '中国'),
  US: both('United States', '美国'),
  DE: both('Germany', '德国'),
  JP: both('Japan', '日本'),
  SG: both('Singapore', '新加坡'),
};
