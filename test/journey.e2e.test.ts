import { describe, expect, test } from 'vitest';
import * as shop from './actors.ts';
import { rootOf } from './actors.ts';
import { startGraph, TOPOLOGIES } from './graph.ts';
import { booksOf } from './books.ts';

describe.each(TOPOLOGIES)('from register to refund, %s', (topology) => {
  test('the whole trade, through the gateway only', async () => {
    await using graph = await startGraph({ topology });

    // Register, apply, approve, publish.
    const staff = await shop.staffMember(graph);
    const tea = await shop.openShop(graph, staff, 'tea', 800);
    const cups = await shop.openShop(graph, staff, 'cups', 1200);
    const categoryId = await shop.addCategory(staff);
    const picture = await shop.uploadPicture(tea);
    const word = `longjing${Date.now()}`;
    const teaGoods = await shop.publish(tea, categoryId, { title: `${word} green tea`, prices: [1990, 3490], mediaIds: [picture] });
    const cupGoods = await shop.publish(cups, categoryId, { title: 'Porcelain cup', prices: [4500] });

    // A guest finds it by search, with its picture, and puts two merchants' goods into the cart.
    const guest = await shop.guestSession(graph);
    const SEARCH = `query ($query: String!, $locale: LocaleCode) { productSearch(input: { query: $query }) { totalCount { value } nodes { id title(locale: $locale) media { url(width: 320) width } variants { nodes { id price { amount currency } } } } } }`;
    const found = await shop.until(async () => {
      const { nodes } = rootOf(await graph.query(SEARCH, { query: word }));
      return nodes.find(({ id }: { id: string }) => id === teaGoods.productId);
    });
    expect(found.variants.nodes.map(({ price }: any) => price.amount)).toEqual([1990, 3490]);
    const image = await fetch(found.media[0].url);
    expect([image.status, image.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^image\//)]);
    const inChinese = rootOf(await graph.query(SEARCH, { query: '龙井', locale: 'zh-CN' }));
    expect(inChinese.nodes.map(({ id }: any) => id)).toContain(teaGoods.productId);

    const [smallTea = ''] = teaGoods.variantIds;
    const [cup = ''] = cupGoods.variantIds;
    await shop.addToCart(guest, [{ variantId: smallTea, quantity: 2 }]);
    const { cart: guestCart } = await shop.addToCart(guest, [{ variantId: cup, quantity: 1 }]);
    expect(guestCart.groups).toHaveLength(2);

    // Logging in merges the cart exactly once, however often.
    const account = await shop.signUp(graph, 'buyer');
    const buyer = await shop.logIn(graph, account.email, shop.PASSWORD, guest.token);
    await shop.logIn(graph, account.email, shop.PASSWORD, guest.token);
    const merged = await shop.until(async () => {
      const cart = await buyer.must(`{ cart { ${shop.CART_FIELDS} } }`);
      return cart?.lines.nodes.length === 2 ? cart : null;
    });
    expect(merged.lines.nodes.map(({ variant, quantity }: any) => [variant.id, quantity]).sort()).toEqual(
      [
        [cup, 1],
        [smallTea, 2],
      ].sort(),
    );

    // Checkout into two orders; a total that is off by one is refused and holds nothing.
    const cart = await shop.chooseDelivery(buyer, [tea.merchantId, cups.merchantId]);
    expect(cart.totals.total).toEqual({ amount: 2 * 1990 + 4500 + 800 + 1200, currency: 'CNY' });
    const off = await buyer.ask(shop.CHECKOUT, shop.checkoutInput(cart, { expectedTotal: { amount: cart.totals.total.amount - 1, currency: 'CNY' } }));
    expect(off.data.checkout.userErrors).toEqual([expect.objectContaining({ __typename: 'TotalChangedError' })]);
    const { orderGroup } = await buyer.must(shop.CHECKOUT, shop.checkoutInput(cart));
    expect(orderGroup.orders).toHaveLength(2);
    expect(orderGroup.orders.reduce((sum: number, order: any) => sum + order.totals.total.amount, 0)).toBe(orderGroup.totals.total.amount);

    // Paid by QR code on the provider's page, told by its notification.
    const { payment } = await buyer.must(shop.PAY, shop.payInput(orderGroup));
    expect(payment.nextAction).toMatchObject({ __typename: 'QrCodeAction', content: expect.stringMatching(/^http/), svg: expect.stringContaining('<svg') });
    await shop.pressOnPage(payment.nextAction.content);
    await shop.until(async () => (await buyer.must('query ($id: ID!) { payment(id: $id) { status } }', { id: payment.id })).status === 'SUCCEEDED');

    // Each merchant sees its own order only, and ships.
    const MERCHANT_ORDERS = 'query ($id: ID!) { merchant(id: $id) { orders { nodes { id number status lines { id quantity } } } } }';
    const SHIP = `mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id status } order { id status } userErrors { code message path } } }`;
    const orderOf: Record<string, any> = {};
    for (const seller of [tea, cups]) {
      const { orders } = await seller.must(MERCHANT_ORDERS, { id: seller.merchantId });
      expect(orders.nodes).toHaveLength(1);
      const [order] = orders.nodes;
      orderOf[seller.merchantId] = order;
      const { order: shipped } = await seller.must(SHIP, {
        input: { orderId: order.id, carrier: 'SF Express', trackingNumber: `SF${Date.now()}`, idempotencyKey: shop.key() },
      });
      expect(shipped.status).toBe('SHIPPED');
    }
    const foreign = await tea.ask(MERCHANT_ORDERS, { id: cups.merchantId });
    expect(foreign.data?.merchant?.orders ?? null).toBeNull();

    // Received, reviewed, answered; the rating is right.
    const teaOrder = orderOf[tea.merchantId];
    const { order: received } = await buyer.must('mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { order { status } userErrors { code message } } }', {
      id: teaOrder.id,
    });
    expect(received.status).toBe('COMPLETED');
    const CREATE_REVIEW = `mutation ($input: ReviewCreateInput!) { reviewCreate(input: $input) { review { id rating verifiedPurchase author { displayName } } userErrors { code message path } } }`;
    const review = await shop.until(async () => {
      const answer = await buyer.ask(CREATE_REVIEW, {
        input: { orderLineId: teaOrder.lines[0].id, rating: 4, body: 'Fresh and sweet.', idempotencyKey: shop.key() },
      });
      return answer.data?.reviewCreate.review;
    });
    expect(review).toMatchObject({ rating: 4, verifiedPurchase: true, author: { displayName: 'buyer' } });
    await tea.must('mutation ($input: ReviewReplyInput!) { reviewReply(input: $input) { review { reply { body } } userErrors { code message } } }', {
      input: { reviewId: review.id, body: 'Thank you!' },
    });
    const rated = rootOf(
      await graph.query('query ($id: ID!) { product(id: $id) { averageRating ratingSummary { average count } reviews { nodes { rating reply { body } } } } }', {
        id: teaGoods.productId,
      }),
    );
    expect(rated).toEqual({ averageRating: 4, ratingSummary: { average: 4, count: 1 }, reviews: { nodes: [{ rating: 4, reply: { body: 'Thank you!' } }] } });

    // A part of it is given back: asked, previewed, approved, paid back.
    const lines = [{ orderLineId: teaOrder.lines[0].id, quantity: 1 }];
    const preview = await buyer.must('query ($input: RefundPreviewInput!) { refundPreview(input: $input) { total { amount } userErrors { code message } } }', {
      input: { orderId: teaOrder.id, lines },
    });
    expect(preview.total.amount).toBe(1990);
    const { refundRequest } = await buyer.must(
      `mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id status requestedAmount { amount } } userErrors { code message path } } }`,
      {
        input: { orderId: teaOrder.id, type: 'REFUND_ONLY', lines, reason: 'DEFECTIVE', description: 'One tin was open.', idempotencyKey: shop.key() },
      },
    );
    await tea.must('mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { refundRequest { status } userErrors { code message path } } }', {
      input: { id: refundRequest.id, idempotencyKey: shop.key() },
    });
    await shop.until(async () => (await buyer.must('query ($id: ID!) { refundRequest(id: $id) { status } }', { id: refundRequest.id })).status === 'SUCCEEDED');
    const after = await buyer.must(
      'query ($id: ID!) { order(id: $id) { status paymentStatus refundedTotal { amount } lines { refundedQuantity refundableQuantity } } }',
      { id: teaOrder.id },
    );
    expect(after).toEqual({
      status: 'COMPLETED',
      paymentStatus: 'PARTIALLY_REFUNDED',
      refundedTotal: { amount: 1990 },
      lines: [{ refundedQuantity: 1, refundableQuantity: 1 }],
    });

    // Money and stock agree, to the unit.
    const stock = await tea.must('query ($id: ID!) { productVariant(id: $id) { inventory { onHand reserved available } } }', { id: smallTea });
    expect(stock.inventory).toEqual([{ onHand: 98, reserved: 0, available: 98 }]);
    expect(await booksOf(graph)).toEqual([]);
  });
});
