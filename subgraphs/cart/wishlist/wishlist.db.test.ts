import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer, guest } from '../../../test/subgraphs.ts';
import { type CartShop, type Goods, type Seller, startCartShop } from '../cart.fixture.ts';

let shop: CartShop;
let tea: Seller;
beforeAll(async () => {
  shop = await startCartShop();
  tea = await shop.seller();
});
afterAll(() => shop[Symbol.asyncDispose]());

type Who = ReturnType<typeof buyer>;
const change = async (field: 'wishlistAdd' | 'wishlistRemove', productId: string, identity: Who) =>
  (
    await shop.ask(
      'cart',
      `mutation($id: ID!) { ${field}(productId: $id) { product { id } userErrors { __typename code path } } }`,
      { id: productId },
      { identity },
    )
  ).data[field];
const entity = async (representation: object, selection: string, identity: Who) =>
  (await shop.ask('cart', `query($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`, { r: [representation] }, { identity })).data._entities[0];
const WISHLIST = '... on User { wishlist(first: 2) { edges { node { id } priceWhenAdded { amount } } pageInfo { hasNextPage } } }';
const wishlistOf = (userId: string | null, identity: Who) => entity({ __typename: 'User', id: userId }, WISHLIST, identity);
const isWished = ({ productId }: Goods, identity: Who) => entity({ __typename: 'Product', id: productId }, '... on Product { inMyWishlist }', identity);

describe('a wishlist', () => {
  test('remembers products once, the latest first, with their price', async () => {
    const identity = buyer();
    const goods = [await tea.sell({ price: 100 }), await tea.sell({ price: 200 }), await tea.sell({ price: 300 })];
    for (const { productId } of [...goods, ...goods])
      expect(await change('wishlistAdd', productId, identity)).toEqual({ product: { id: productId }, userErrors: [] });
    const { wishlist } = await wishlistOf(identity.subject, identity);
    expect(wishlist.edges.map((edge: any) => edge.priceWhenAdded.amount)).toEqual([300, 200]);
    expect(wishlist.pageInfo.hasNextPage).toBe(true);
  });

  test('tells whether a product is in it, forgets it, and is nobody else’s', async () => {
    const identity = buyer();
    const goods = await tea.sell();
    expect(await isWished(goods, identity)).toEqual({ inMyWishlist: false });
    await Promise.all(Array.from({ length: 5 }, () => change('wishlistAdd', goods.productId, identity)));
    expect(await isWished(goods, identity)).toEqual({ inMyWishlist: true });
    expect(await isWished(goods, buyer())).toEqual({ inMyWishlist: false });
    expect(await isWished(goods, guest())).toEqual({ inMyWishlist: null });
    expect(await wishlistOf(identity.subject, buyer())).toEqual({ wishlist: null });
    await change('wishlistRemove', goods.productId, identity);
    expect((await wishlistOf(identity.subject, identity)).wishlist.edges).toEqual([]);
  });

  test('takes no product that is not there', async () => {
    expect(await change('wishlistAdd', 'product_nothing', buyer())).toEqual({
      product: null,
      userErrors: [{ __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['productId'] }],
    });
  });
});
