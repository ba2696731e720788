import { randomUUID } from 'node:crypto';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import { buyer, member, SYSTEM, staff, startSubgraphs, type TestSubgraphs } from '../../test/subgraphs.ts';
import { user } from '../user/index.ts';
import { product } from './index.ts';

const EDITOR = ['merchant:read', 'catalog:write', 'inventory:read', 'inventory:write', 'prices:read'];
const USER_ERRORS = 'userErrors { __typename code path message }';

export interface Merchant {
  readonly id: string;
  readonly slug: string;
  /** Somebody who edits its catalogue. */
  readonly editor: Identity;
}

/** What the tests of this subgraph do again and again: real merchants, and products by their own schema. */
export interface CatalogueShop extends TestSubgraphs {
  /** Asks product; fails on a top-level error. */
  query(document: string, variables?: object, who?: Identity, more?: { locale?: string; currency?: string }): Promise<any>;
  /** Asks as another subgraph does. */
  sibling(document: string, variables?: object, who?: Identity): Promise<any>;
  merchant(kind?: 'BUSINESS' | 'INDIVIDUAL'): Promise<Merchant>;
  setStatus(merchant: Merchant, decision: 'SUSPEND' | 'REINSTATE' | 'CLOSE'): Promise<void>;
  category(slug: string, parentId?: string): Promise<string>;
  location(merchant: Merchant, fields?: object): Promise<string>;
  create(merchant: Merchant, fields?: object): Promise<{ product: any; userErrors: any[] }>;
  /** Created and published; with stock of each variant where a location is given. */
  published(merchant: Merchant, fields?: object, stock?: { locationId: string; quantity: number }): Promise<{ id: string; variantIds: string[] }>;
  adjust(merchant: Merchant, changes: object[], fields?: object): Promise<{ levels: any[]; userErrors: any[] }>;
  /** Violations of what must hold of stock at every moment. */
  brokenStock(): Promise<object[]>;
}

export const key = (): string => randomUUID();
export const CNY = (amount: number) => ({ amount, currency: 'CNY' });

let named = 0;
const unique = (word: string): string => `${word}-${(named += 1)}`;

export const variant = (fields: object = {}) => ({ sku: unique('SKU'), price: CNY(1000), ...fields });

const CREATE = `mutation($input: ProductCreateInput!) { productCreate(input: $input) {
  product { id slug status version updatedAt variants { nodes { id sku } } } ${USER_ERRORS}
} }`;

export async function startCatalogue(environment: Record<string, string> = {}): Promise<CatalogueShop> {
  const graph = await startSubgraphs([user, product], environment);
  const ask = async (subgraph: string, document: string, variables: object, identity: Identity, more: object = {}) => {
    const { data, errors } = await graph.ask(subgraph, document, variables, { identity, ...more });
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const query: CatalogueShop['query'] = (document, variables = {}, who = ANONYMOUS, more = {}) => ask('product', document, variables, who, more);
  const admin = staff('merchants:review', 'catalog:admin', 'catalog:moderate');
  const review = (id: string, decision: string) =>
    ask(
      'user',
      'mutation($input: MerchantReviewInput!) { merchantReview(input: $input) { userErrors { code } } }',
      { input: { id, decision, reason: 'looked at' } },
      admin,
    );
  const create: CatalogueShop['create'] = async (merchant, fields = {}) => {
    const input = {
      merchantId: merchant.id,
      kind: 'PHYSICAL',
      title: [{ locale: 'en', value: 'A thing' }],
      categoryIds: [],
      variants: [variant()],
      fulfilmentModes: ['SHIPPING'],
      idempotencyKey: key(),
      ...fields,
    };
    return (await query(CREATE, { input }, merchant.editor)).productCreate;
  };
  const adjust: CatalogueShop['adjust'] = async (merchant, changes, fields = {}) => {
    const document = `mutation($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { levels { location { id } onHand reserved available version } ${USER_ERRORS} } }`;
    return (await query(document, { input: { changes, reason: 'RECEIVED', idempotencyKey: key(), ...fields } }, merchant.editor)).inventoryAdjust;
  };
  return Object.assign(graph, {
    query,
    create,
    adjust,
    sibling: (document: string, variables: object = {}, who: Identity = SYSTEM) => ask('product', document, variables, who, { caller: 'order-payment' }),
    merchant: async (kind: string = 'BUSINESS') => {
      const slug = unique('shop');
      const input = {
        kind,
        name: `Shop ${slug}`,
        slug,
        legalName: 'Shop Ltd',
        registrationNumber: 'R-1',
        countryCode: 'CN',
        settlementCurrency: 'CNY',
        documentMediaIds: [],
        refundPolicy: { windowDays: 14, returnRequired: true, autoApproveAfterHours: 48, text: 'Fourteen days.' },
      };
      const { merchantApply } = await ask(
        'user',
        'mutation($input: MerchantApplyInput!) { merchantApply(input: $input) { merchant { id } userErrors { code path } } }',
        { input },
        buyer(),
      );
      const { id } = merchantApply.merchant;
      await review(id, 'APPROVE');
      await graph.settle();
      return { id, slug, editor: member(id, EDITOR, 'CATALOG_EDITOR') };
    },
    setStatus: async ({ id }: Merchant, decision: string) => {
      await review(id, decision);
      await graph.settle();
    },
    category: async (slug: string, parentId?: string) => {
      const document = `mutation($input: CategoryUpsertInput!) { categoryUpsert(input: $input) { category { id } ${USER_ERRORS} } }`;
      return (await query(document, { input: { slug, name: [{ locale: 'en', value: slug }], parentId } }, admin)).categoryUpsert.category.id;
    },
    location: async ({ id, editor }: Merchant, fields: object = {}) => {
      const address = { recipientName: 'Depot', countryCode: 'CN', city: 'Shanghai', line1: '1 Some Road' };
      const input = { merchantId: id, name: 'Depot', address, timeZone: 'Asia/Shanghai', offersPickup: false, ...fields };
      const document = `mutation($input: LocationUpsertInput!) { locationUpsert(input: $input) { location { id } ${USER_ERRORS} } }`;
      return (await query(document, { input }, editor)).locationUpsert.location.id;
    },
    published: async (merchant: Merchant, fields: object = {}, stock?: { locationId: string; quantity: number }) => {
      const { product: created, userErrors } = await create(merchant, fields);
      if (!created) throw new Error(JSON.stringify(userErrors));
      const variantIds: string[] = created.variants.nodes.map(({ id }: { id: string }) => id);
      await query('mutation($id: ID!) { productPublish(id: $id) { userErrors { code } } }', { id: created.id }, merchant.editor);
      if (stock)
        await adjust(
          merchant,
          variantIds.map((variantId) => ({ variantId, locationId: stock.locationId, delta: stock.quantity })),
        );
      return { id: created.id, variantIds };
    },
    brokenStock: async () => {
      const { database } = graph.running('product').runtime;
      const levels = await database.collection('inventory-level').find().toArray();
      const held = await database
        .collection('reservation')
        .aggregate([{ $group: { _id: { $concat: ['$variantId', '|', '$locationId'] }, sum: { $sum: '$quantity' }, min: { $min: '$quantity' } } }])
        .toArray();
      const moved = await database
        .collection('stock-movement')
        .aggregate([{ $group: { _id: { $concat: ['$variantId', '|', '$locationId'] }, sum: { $sum: '$delta' } } }])
        .toArray();
      return levels
        .map((level) => ({
          ...level,
          held: held.find(({ _id }) => String(_id) === String(level._id))?.['sum'] ?? 0,
          least: held.find(({ _id }) => String(_id) === String(level._id))?.['min'] ?? 0,
          moved: moved.find(({ _id }) => String(_id) === String(level._id))?.['sum'] ?? 0,
        }))
        .filter(
          ({ onHand, available, reserved, backorderable, held: open, least, moved: total }: any) =>
            onHand !== available + reserved ||
            open !== reserved ||
            total !== onHand ||
            least < 0 ||
            onHand < 0 ||
            reserved < 0 ||
            (available < 0 && !backorderable),
        );
    },
  }) as CatalogueShop;
}
