import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CatalogueShop, key, type Merchant, startCatalogue } from '../shop.fixture.ts';

let shop: CatalogueShop;
let merchant: Merchant;
let here: string;
beforeAll(async () => {
  shop = await startCatalogue();
  merchant = await shop.merchant();
  here = await shop.location(merchant);
});
afterAll(() => shop?.[Symbol.asyncDispose]());

let groups = 0;
const newGroup = () => `group_${(groups += 1)}`;
const reserve = async (lines: object[], groupId = newGroup()) =>
  (
    await shop.sibling('mutation($input: StockReserveInput!) { stockReserve(input: $input) { reserved shortages { variantId requested available } } }', {
      input: { groupId, lines },
    })
  ).stockReserve;
const settle =
  (name: 'Release' | 'Ship' | 'Restock') =>
  async (groupId: string, lines: object[] | null, reference = key()) =>
    (await shop.sibling(`mutation($input: Stock${name}Input!) { stock${name}(input: $input) { done } }`, { input: { reference, groupId, lines } }))[
      `stock${name}`
    ].done;
const release = settle('Release');
const ship = settle('Ship');
const restock = settle('Restock');
const stocked = async (quantity: number, locationId = here) => (await shop.published(merchant, {}, { locationId, quantity })).variantIds[0] as string;
const level = async (variantId: string) => {
  const levels = await shop.running('product').runtime.database.collection('inventory-level').find({ variantId }).sort({ locationId: 1 }).toArray();
  return levels.map(({ onHand, reserved, available }) => [onHand, reserved, available]);
};
const set = async (entries: object[], fields: object = {}, who = merchant.editor) => {
  const document = `mutation($input: InventorySetInput!) { inventorySet(input: $input) { levels { onHand reserved available backorderable version }
    userErrors { __typename code message path ... on VersionConflictError { currentVersion } ... on StockBelowReservedError { variantId reserved } } } }`;
  return (await shop.query(document, { input: { entries, reason: 'CYCLE_COUNT', idempotencyKey: key(), ...fields } }, who)).inventorySet;
};

describe('a reservation', () => {
  test('of 200 at 50 in stock is fifty, quickly, and the rest are told', async () => {
    const variantId = await stocked(50);
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 200 }, () => reserve([{ variantId, quantity: 1 }])));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(answers.filter(({ reserved }) => reserved)).toHaveLength(50);
    expect(answers.find(({ reserved }) => !reserved)).toEqual({ reserved: false, shortages: [{ variantId, requested: 1, available: 0 }] });
    expect(await level(variantId)).toEqual([[50, 50, 0]]);
    expect(await shop.brokenStock()).toEqual([]);
  });

  test('of {A,B} and {B,A} at once never stands still, and takes all or none', async () => {
    const [a, b] = [await stocked(30), await stocked(25)];
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const lines = [a, b].map((variantId) => ({ variantId, quantity: 1 }));
        return reserve(index % 2 === 0 ? lines : lines.reverse());
      }),
    );
    expect(answers.filter(({ reserved }) => reserved)).toHaveLength(25);
    expect([await level(a), await level(b)]).toEqual([[[30, 25, 5]], [[25, 25, 0]]]);
    expect(await shop.brokenStock()).toEqual([]);
  });

  test('by the same group ten times at once is one, with ten equal answers', async () => {
    const variantId = await stocked(20);
    const groupId = newGroup();
    const answers = await Promise.all(Array.from({ length: 10 }, () => reserve([{ variantId, quantity: 2 }], groupId)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => ({ reserved: true, shortages: [] })));
    expect(await level(variantId)).toEqual([[20, 2, 18]]);
  });

  test('of two lines of one variant is looked at together', async () => {
    const variantId = await stocked(3);
    expect(
      await reserve([
        { variantId, quantity: 2 },
        { variantId, quantity: 2 },
      ]),
    ).toEqual({ reserved: false, shortages: [{ variantId, requested: 4, available: 3 }] });
    expect(await level(variantId)).toEqual([[3, 0, 3]]);
  });

  test('splits over the open locations, and takes only from the chosen one where one is', async () => {
    const there = await shop.location(merchant, { name: 'Second' });
    const closed = await shop.location(merchant, { name: 'Closed', isActive: false });
    const { variantIds } = await shop.published(merchant);
    const variantId = variantIds[0] as string;
    await shop.adjust(
      merchant,
      [here, there, closed].map((locationId) => ({ variantId, locationId, delta: 2 })),
    );
    expect(await reserve([{ variantId, quantity: 3, locationId: here }])).toMatchObject({ reserved: false, shortages: [{ available: 2 }] });
    expect(await reserve([{ variantId, quantity: 5 }])).toMatchObject({ reserved: false, shortages: [{ available: 4 }] });
    expect(await reserve([{ variantId, quantity: 3 }])).toMatchObject({ reserved: true });
    expect(await level(variantId)).toEqual([
      [2, 2, 0],
      [2, 1, 1],
      [2, 0, 2],
    ]);
  });

  test('of nothing, of nobody, or of less than one is refused', async () => {
    expect(await reserve([{ variantId: 'var_none', quantity: 1 }])).toEqual({
      reserved: false,
      shortages: [{ variantId: 'var_none', requested: 1, available: 0 }],
    });
    await expect(reserve([])).rejects.toThrow('BAD_USER_INPUT');
    await expect(reserve([{ variantId: 'var_none', quantity: 0 }])).rejects.toThrow('BAD_USER_INPUT');
  });

  test('with random quantities and releases in between keeps the books at every end', async () => {
    const variantId = await stocked(37);
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const groupId = newGroup();
        const { reserved } = await reserve([{ variantId, quantity: 1 + (index % 4) }], groupId);
        if (reserved && index % 3 === 0) await release(groupId, null);
        if (reserved && index % 3 === 1) expect(await ship(groupId, null)).toBe(true);
      }),
    );
    expect(await shop.brokenStock()).toEqual([]);
  });
});

describe('what was reserved', () => {
  test('is given back, sent and returned, each once per reference', async () => {
    const variantId = await stocked(10);
    const groupId = newGroup();
    await reserve([{ variantId, quantity: 6 }], groupId);
    const references = [key(), key(), key()];
    for (let time = 0; time < 2; time++) expect(await release(groupId, [{ variantId, quantity: 1 }], references[0])).toBe(true);
    expect(await level(variantId)).toEqual([[10, 5, 5]]);
    const sent = await Promise.all(Array.from({ length: 5 }, () => ship(groupId, [{ variantId, quantity: 4 }], references[1])));
    expect([sent, await level(variantId)]).toEqual([[true, true, true, true, true], [[6, 1, 5]]]);
    for (let time = 0; time < 2; time++) expect(await restock(groupId, [{ variantId, quantity: 3 }], references[2])).toBe(true);
    expect(await level(variantId)).toEqual([[9, 1, 8]]);
    expect(await shop.brokenStock()).toEqual([]);
  });

  test('cannot be given back, sent or returned more than it is', async () => {
    const variantId = await stocked(10);
    const groupId = newGroup();
    await reserve([{ variantId, quantity: 2 }], groupId);
    expect([
      await release(groupId, [{ variantId, quantity: 3 }]),
      await ship(groupId, [{ variantId, quantity: 3 }]),
      await restock(groupId, [{ variantId, quantity: 1 }]),
    ]).toEqual([false, false, false]);
    expect(await ship('group_none', [{ variantId, quantity: 1 }])).toBe(false);
    expect(await level(variantId)).toEqual([[10, 2, 8]]);
  });

  test('is not reserved by a request that arrives after the group was released', async () => {
    const variantId = await stocked(5);
    const groupId = newGroup();
    expect(await release(groupId, null)).toBe(true);
    expect(await reserve([{ variantId, quantity: 1 }], groupId)).toEqual({ reserved: false, shortages: [] });
    expect(await level(variantId)).toEqual([[5, 0, 5]]);
  });
});

describe('an adjustment', () => {
  test('is made once per key, however often it is sent', async () => {
    const variantId = await stocked(5);
    const input = { changes: [{ variantId, locationId: here, delta: 3 }], reason: 'RECEIVED', idempotencyKey: key() };
    const answers = await Promise.all(Array.from({ length: 5 }, () => shop.adjust(merchant, input.changes, input)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await level(variantId)).toEqual([[8, 0, 8]]);
    expect((await shop.adjust(merchant, [{ variantId, locationId: here, delta: 4 }], { idempotencyKey: input.idempotencyKey })).userErrors).toMatchObject([
      { code: 'IDEMPOTENCY_PARAMETER_MISMATCH' },
    ]);
  });

  test('never goes below what is reserved, and is made whole or not at all', async () => {
    const variantId = await stocked(5);
    await reserve([{ variantId, quantity: 3 }]);
    const short = await shop.adjust(merchant, [
      { variantId, locationId: here, delta: -1 },
      { variantId, locationId: here, delta: -2 },
    ]);
    expect(short).toMatchObject({
      levels: null,
      userErrors: [{ __typename: 'StockBelowReservedError', code: 'STOCK_BELOW_RESERVED', path: ['input', 'changes', '1'] }],
    });
    expect(await level(variantId)).toEqual([[5, 3, 2]]);
    expect((await set([{ variantId, locationId: here, onHand: 2, expectedOnHand: 5 }])).userErrors).toMatchObject([
      { code: 'STOCK_BELOW_RESERVED', variantId, reserved: 3 },
    ]);
    expect(await shop.adjust(merchant, [{ variantId, locationId: here, delta: -2 }])).toMatchObject({
      userErrors: [],
      levels: [{ onHand: 3, reserved: 3, available: 0 }],
    });
  });

  test("of another merchant's stock, of nothing, or of too much is refused", async () => {
    const other = await shop.merchant();
    const foreign = await shop.location(other);
    const variantId = await stocked(1);
    expect((await shop.adjust(other, [{ variantId, locationId: foreign, delta: 1 }])).userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'changes', '0', 'variantId'] },
    ]);
    expect((await shop.adjust(merchant, [{ variantId, locationId: foreign, delta: 1 }])).userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'changes', '0', 'locationId'] },
    ]);
    expect((await shop.adjust(merchant, [])).userErrors).toMatchObject([{ code: 'REQUIRED' }]);
    for (const delta of [0, 2_000_000_000, -2_000_000_000])
      expect((await shop.adjust(merchant, [{ variantId, locationId: here, delta }])).userErrors).toMatchObject([{ code: 'RANGE' }]);
    expect((await shop.adjust(merchant, [{ variantId, locationId: here, delta: 1_000_000_000 }])).userErrors).toMatchObject([{ code: 'RANGE' }]);
  });

  test('to an absolute number needs the number from which it starts', async () => {
    const variantId = await stocked(5);
    expect(await set([{ variantId, locationId: here, onHand: 9, expectedOnHand: 4 }])).toMatchObject({
      levels: null,
      userErrors: [
        { __typename: 'VersionConflictError', currentVersion: 1, message: 'The stock was changed meanwhile and is now 5; read it again and retry.' },
      ],
    });
    const races = await Promise.all([6, 7, 8].map((onHand) => set([{ variantId, locationId: here, onHand, expectedOnHand: 5 }])));
    expect(races.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(await shop.brokenStock()).toEqual([]);
  });

  test('lets goods be ordered beyond what is there, down below zero', async () => {
    const variantId = await stocked(1);
    expect(await set([{ variantId, locationId: here, onHand: 1, expectedOnHand: 1, backorderable: true }])).toMatchObject({
      levels: [{ backorderable: true, version: 1 }],
      userErrors: [],
    });
    const groupId = newGroup();
    expect(await reserve([{ variantId, quantity: 4 }], groupId)).toMatchObject({ reserved: true });
    expect(await level(variantId)).toEqual([[1, 4, -3]]);
    expect(await ship(groupId, null)).toBe(false);
    expect((await set([{ variantId, locationId: here, onHand: 1, expectedOnHand: 1, backorderable: false }])).userErrors).toMatchObject([
      { code: 'STOCK_BELOW_RESERVED' },
    ]);
    await shop.adjust(merchant, [{ variantId, locationId: here, delta: 3 }]);
    expect(await ship(groupId, null)).toBe(true);
    expect(await level(variantId)).toEqual([[0, 0, 0]]);
    expect(await shop.brokenStock()).toEqual([]);
  });
});
