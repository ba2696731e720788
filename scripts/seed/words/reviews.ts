import { type Both, both } from './text.ts';

/** What buyers say, by rating; `{product}` is what they bought. The other half of a review follows from `MORE`. */
export const OPENINGS: Readonly<Record<number, readonly { readonly title: Both; readonly body: Both }[]>> = {
  5: [
    { title: both('Better than expected', '超出预期'), body: both('The {product} is even better than in the pictures.', '{product}比图片上还要好。') },
    { title: both('Would buy again', '还会回购'), body: both('My second one already, and I will be back.', '已经第二次买了，还会再来。') },
    { title: both('Very happy', '非常满意'), body: both('Exactly what I was looking for.', '正是我一直在找的。') },
    { title: both('Five stars', '五星好评'), body: both('Arrived quickly, well packed, and it is lovely.', '发货快，包装好，东西很棒。') },
    { title: both('Lovely', '很喜欢'), body: both('You can see that somebody cared about every detail.', '看得出每个细节都用了心。') },
    { title: both('Recommended', '推荐'), body: both('I have recommended this {product} to two friends already.', '已经把这款{product}推荐给两个朋友了。') },
    { title: both('Perfect', '完美'), body: both('Feels far more expensive than it was.', '质感远超价格。') },
    { title: both('No complaints', '挑不出毛病'), body: both('After a month of use the {product} is as good as new.', '用了一个月，{product}还和新的一样。') },
    { title: both('Great service', '服务很好'), body: both('I had a question, and it was answered within the hour.', '咨询了一个问题，一小时内就回复了。') },
  ],
  4: [
    { title: both('Good', '不错'), body: both('A good {product} for the price.', '这个价位的{product}很不错。') },
    { title: both('Nearly perfect', '接近完美'), body: both('I like it; the box was a little dented.', '很喜欢，就是盒子有点压痕。') },
    { title: both('Happy', '满意'), body: both('Good quality; the delivery could have been faster.', '质量好，物流再快点就更好了。') },
    { title: both('Nice', '挺好'), body: both('Looks as in the pictures.', '和图片一样。') },
    { title: both('Fair price', '性价比高'), body: both('I have seen dearer ones that were worse than this {product}.', '见过更贵的{product}，还不如这个。') },
    { title: both('Solid', '扎实'), body: both('Does what it says, no more and no less.', '和描述一致，用着踏实。') },
  ],
  3: [
    { title: both('All right', '一般'), body: both('It is fine, though I had expected a little more.', '还可以，比想象中稍差一点。') },
    { title: both('Average', '中规中矩'), body: both('The color differs from the picture.', '颜色和图片有差别。') },
  ],
  2: [
    { title: both('Not for me', '不太适合我'), body: both('The {product} is smaller than I thought.', '{product}比我想的小。') },
    { title: both('Slow', '太慢'), body: both('It took two weeks, and nobody answered.', '等了两个星期，也没人回复。') },
  ],
  1: [
    { title: both('Disappointed', '失望'), body: both('It broke within a week.', '用了一周就坏了。') },
    { title: both('Wrong item', '发错货'), body: both('I got another {product} than I had ordered.', '收到的{product}和订单不符。') },
  ],
};

export const MORE: readonly Both[] = [
  both('Delivery was on time.', '按时送达。'),
  both('My family likes it, too.', '家里人也很喜欢。'),
  both('I use it every day.', '每天都在用。'),
  both('The workmanship is careful.', '做工很细致。'),
  both('A good present.', '送人很合适。'),
  both('I compared several before I chose this one.', '对比了好几家才选的。'),
];

/** What sellers answer, by rating. */
export const REPLIES: Readonly<Record<number, readonly Both[]>> = {
  5: [both('Thank you, this makes our day!', '感谢您的好评，期待再次光临！'), both('Thank you for coming back to us.', '谢谢您一直以来的支持。')],
  4: [both('Thank you. We will pack the next one better.', '感谢支持，下次会包装得更仔细。')],
  3: [both('Thank you for telling us; write to us and we will find a way.', '感谢反馈，欢迎联系我们，一定给您满意的处理。')],
  2: [both('We are sorry. Please write to us, we will make it right.', '非常抱歉，请联系我们，我们会妥善处理。')],
  1: [both('We are sorry; a refund is on its way as soon as you ask for it.', '非常抱歉，您可随时申请退款，我们会尽快处理。')],
};

/** The share of each rating in a hundred. */
export const RATING_SHARES: readonly (readonly [rating: number, weight: number])[] = [
  [5, 56],
  [4, 25],
  [3, 10],
  [2, 5],
  [1, 4],
];
