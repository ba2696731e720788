import { Cart } from '../../subgraphs/cart/carts/entities.ts';
import { Wish } from '../../subgraphs/cart/wishlist/entities.ts';
import { type DemoBuyer, buyerDocuments, buyersOf } from './buyers.ts';
import { DAY, HOUR } from './calendar.ts';
import { catalogueDocuments } from './catalogue.ts';
import { cartOf } from './checkout.ts';
import { couponUses, usesHeld } from './coupons.ts';
import { type Demo, stored, type Written } from './documents.ts';
import { demoId } from './ids.ts';
import { orderDocuments, type Purchase, purchase } from './orders.ts';
import { productsOf } from './products.ts';
import { type Goods, purchasesOf } from './purchases.ts';
import { randomOf } from './random.ts';
import { averageIn, reviewsOf, type Tallies } from './reviews.ts';
import { stockBook } from './stock.ts';

/** One block of the demo shop: everything that belongs together, and what it adds to its merchants' ratings. */
export interface Block {
  readonly number: number;
  readonly written: readonly Written[];
  readonly ofMerchants: Tallies;
  /** Uses that its purchases hold, by coupon. */
  readonly couponsUsed: ReadonlyMap<string, number>;
}

export function makeBlock(demo: Demo, number: number): Block {
  const products = productsOf(number);
  const buyers = buyersOf(number);
  const all: Goods[] = products.flatMap((product) => product.variants.map((variant) => ({ product, variant })));
  const byVariant = new Map(all.map((goods) => [goods.variant.id, goods]));
  const goodsOf = (variantId: string): Goods => {
    const goods = byVariant.get(variantId);
    if (!goods) throw new Error(`${variantId} is of another block`);
    return goods;
  };
  const forSale = all.filter(({ product }) => product.status === 'ACTIVE');
  const stock = stockBook(demo.calendar);
  const purchases = purchasesOf(
    number,
    buyers,
    forSale.filter(({ product }) => !product.isNew),
  ).map((draft) => purchase(demo, draft, goodsOf, stock));
  const { written: stockWritten, inStock } = stock.close(products);
  const opinions = reviewsOf(demo, number, purchases, buyers, goodsOf);
  return {
    number,
    ofMerchants: opinions.ofMerchants,
    couponsUsed: usesHeld(purchases),
    written: [
      ...buyerDocuments(demo, buyers),
      ...catalogueDocuments(demo, products, { sold: soldOf(purchases), inStock, ratingOf: (id) => averageIn(opinions.ofProducts, id) }),
      ...stockWritten,
      ...orderDocuments(purchases),
      couponUses(demo, purchases),
      ...cartDocuments(demo, number, buyers, purchases, forSale),
      ...opinions.written,
    ],
  };
}

/** As the product subgraph counts it: with each order that is paid. */
function soldOf(purchases: readonly Purchase[]): Map<string, number> {
  const sold = new Map<string, number>();
  for (const { lives } of purchases) {
    for (const { order } of lives) {
      if (order.paidAt === null) continue;
      for (const { productId, quantity } of order.lines) sold.set(productId, (sold.get(productId) ?? 0) + quantity);
    }
  }
  return sold;
}

/** How a merchant sends its goods to a buyer; null where it does not. */
function parcelTo({ country }: DemoBuyer, { variant }: Goods): string | null {
  const rate = variant.merchant.rates.find(({ countries, price }) => countries.includes(country.code) && price.currency === country.currency);
  return rate ? `ship:${rate.id}` : null;
}

const CARTS_PER_BLOCK = 2;
const WISHES = 3;

/** The carts that became orders, two that may yet, and what buyers would like to have. */
function cartDocuments(demo: Demo, block: number, buyers: readonly DemoBuyer[], purchases: readonly Purchase[], forSale: readonly Goods[]): Written[] {
  const { calendar } = demo;
  const soldIn = ({ country }: DemoBuyer) => forSale.filter(({ variant }) => variant.prices.some(({ currency }) => currency === country.currency));
  const open = buyers.slice(0, CARTS_PER_BLOCK).map((buyer) => {
    const lines = randomOf('cart', block, buyer.number)
      .shuffled(soldIn(buyer).filter((goods) => parcelTo(buyer, goods) !== null))
      .slice(0, 3)
      .map((goods, index) => ({ goods, quantity: 1 + (index % 2) }));
    const age = HOUR * (1 + (buyer.number % 20));
    return cartOf(demo, buyer, {
      id: demoId('cart', age, `open ${buyer.number}`),
      age,
      lines,
      choices: new Map(lines.map(({ goods }) => [goods.variant.merchant.id, parcelTo(buyer, goods)])),
    });
  });
  const wishes = buyers.flatMap((buyer) =>
    [
      ...new Map(
        randomOf('wishes', buyer.number)
          .shuffled(soldIn(buyer))
          .map(({ product }) => [product.id, product]),
      ).values(),
    ]
      .slice(0, WISHES)
      .map((product, index) => {
        const age = (3 + index) * DAY;
        const price = product.variants[0]?.prices.find(({ currency }) => currency === buyer.country.currency);
        return {
          _id: demoId('wish', age, `${buyer.number} ${index}`),
          createdAt: calendar.before(age),
          userId: buyer.id,
          productId: product.id,
          priceWhenAdded: { amount: price?.amount ?? 0, currency: buyer.country.currency },
        };
      }),
  );
  return [
    stored(
      'cart',
      Cart,
      [...purchases.map(({ cart }) => cart), ...open].map(({ lines, deliveries, coupons, releasedGroups, appliedKeys, ...cart }) => ({
        ...cart,
        lines: [...lines],
        deliveries: [...deliveries],
        coupons: coupons ? [...coupons] : null,
        usesTakenAt: null,
        releasedGroups: [...releasedGroups],
        appliedKeys: [...appliedKeys],
      })),
    ),
    stored('cart', Wish, wishes),
  ];
}
