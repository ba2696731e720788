import { parse } from 'graphql';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable"])`;

/** Four subgraphs that know each other's entities; stock needs prices and weights, reviews know their authors' names. */
export const SDLS = {
  accounts: `${LINK}
    type Query { me: User users: [User] }
    type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: Int }`,
  products: `${LINK}
    type Query { topProducts(first: Int = 5): [Product] }
    type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
  inventory: `${LINK}
    type Product @key(fields: "upc") { upc: String! weight: Int @external price: Int @external inStock: Boolean shippingEstimate: Int @requires(fields: "price weight") }`,
  reviews: `${LINK}
    type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "username") product: Product }
    type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
    type Product @key(fields: "upc") { upc: String! reviews: [Review] }`,
} as const;

export type SubgraphName = keyof typeof SDLS;

const isSubgraphName = (name: string): name is SubgraphName => name in SDLS;
export const SUBGRAPH_NAMES = Object.keys(SDLS).filter(isSubgraphName);

const users = ['Uri Goldshtein', 'Dotan Simha', 'Kamil Kisiela', 'Ann Archer', 'Bo Baker', 'Cy Cooper'].map((name, index) => ({
  id: `u${index}`,
  name: `${name} the ${index}th`,
  username: `user-${index}`,
  birthday: 1970 + index,
}));
const products = ['Table', 'Couch', 'Chair', 'Lamp', 'Shelf', 'Mirror', 'Carpet', 'Clock', 'Desk'].map((name, index) => ({
  upc: `p${index}`,
  name,
  price: 50 + index * 111,
  weight: 20 + index * 70,
}));
const reviews = Array.from({ length: 12 }, (_, index) => ({
  id: `r${index}`,
  body: `What is to be said of the ${products[index % products.length]?.name ?? ''}, at some length, by buyer number ${index}, who would buy it again.`,
  authorId: `u${index % users.length}`,
  upc: `p${(index * 4) % products.length}`,
}));

interface Known {
  readonly id: string;
  readonly upc: string;
  readonly authorId: string;
  readonly price: number;
  readonly weight: number;
}

const reviewsBy = (matches: (review: (typeof reviews)[number]) => boolean) => reviews.filter(matches);

export const RESOLVERS = {
  accounts: {
    Query: { me: () => users[0], users: () => users },
    User: { __resolveReference: ({ id }: Known) => users.find((user) => user.id === id) ?? null },
  },
  products: {
    Query: { topProducts: (_root: unknown, { first }: { first: number }) => products.slice(0, first) },
    Product: { __resolveReference: ({ upc }: Known) => products.find((product) => product.upc === upc) ?? null },
  },
  inventory: {
    Product: {
      __resolveReference: (given: Known) => given,
      inStock: ({ upc }: Known) => upc !== 'p3',
      shippingEstimate: ({ price, weight }: Known) => (price > 700 ? 0 : Math.round(weight / 2)),
    },
  },
  reviews: {
    Review: {
      __resolveReference: ({ id }: Known) => reviews.find((review) => review.id === id) ?? null,
      author: ({ authorId }: Known) => ({ id: authorId, username: users.find(({ id }) => id === authorId)?.username }),
      product: ({ upc }: Known) => ({ upc }),
    },
    User: { __resolveReference: (given: Known) => given, reviews: ({ id }: Known) => reviewsBy(({ authorId }) => authorId === id) },
    Product: { __resolveReference: (given: Known) => given, reviews: ({ upc }: Known) => reviewsBy((review) => review.upc === upc) },
  },
};

const PRODUCT = 'upc name price weight inStock shippingEstimate';

/** Reviews with their products, and their authors with their reviews, so many levels deep. */
const reviewsTo = (levels: number): string =>
  `reviews { id body product { ${PRODUCT} } ${levels > 1 ? `author { id username name ${reviewsTo(levels - 1)} }` : ''} }`;

/** Heavy: 27 calls in Apollo's plan and 34 kB of answer. Light: 4 calls. */
export const QUERIES = {
  heavy: `query Heavy { users { id username name ${reviewsTo(3)} } topProducts { ${PRODUCT} ${reviewsTo(3)} } }`,
  light: 'query Light { topProducts(first: 3) { upc name inStock reviews { id body author { id name } } } }',
} as const;

/** Refuses what is not an operation, before anything is started. */
for (const query of Object.values(QUERIES)) parse(query);
