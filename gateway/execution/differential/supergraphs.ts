import { members, ways, wholes } from './partial-supergraphs.ts';
import { extended, interfaces, keys, moves, requiredArguments, requirements, shared } from './planning-supergraphs.ts';
import { withFederation } from './subgraph.ts';

/** References in lists, @requires, @provides, several keys, compound keys. */
const shop = withFederation({
  accounts: `
    type Query { me: User user(id: ID!): User users(first: Int = 3): [User!]! }
    type User @key(fields: "id") @key(fields: "email") { id: ID! email: String! name: String @shareable nickname: String! tags: [String!] }
  `,
  products: `
    type Query { topProducts(first: Int = 5): [Product!]! product(upc: String!): Product shelf: [[Product]!] }
    type Product @key(fields: "upc") @key(fields: "sku") { upc: String! sku: ID! name: String price: Int weight: Float size: Size maker: Maker }
    type Size @shareable { width: Int height: Int! }
    type Maker @key(fields: "country code") { country: String! code: Int! title: String }
  `,
  inventory: `
    type Product @key(fields: "upc") {
      upc: String! price: Int @external weight: Float @external size: Size @external
      inStock: Boolean stock: Int! shipping: String @requires(fields: "price weight") crate: String @requires(fields: "size { width height }")
    }
    type Size @shareable { width: Int height: Int! }
    type Maker @key(fields: "country code") { country: String! code: Int! plants: [Plant!] }
    type Plant @key(fields: "maker { country code } line") { maker: Maker! line: Int! output: Int }
  `,
  reviews: `
    type Query { latestReview: Review @provides(fields: "author { name }") reviews: [Review]! }
    type Review @key(fields: "id") { id: ID! body(max: Int = 10, style: Style = { bold: true }): String rating: Int! author: User @provides(fields: "name") product: Product! related: [Review!] }
    input Style { bold: Boolean = false colour: Colour = RED }
    enum Colour { RED GREEN }
    type User @key(fields: "id") { id: ID! name: String @external reviews(first: Int): [Review!]! favourite: Product }
    type Product @key(fields: "sku") { sku: ID! reviews: [Review] best: Review }
  `,
});

/** Lists of mixed types: interfaces of entities, unions, fragments upon fragments. */
const media = withFederation({
  library: `
    type Query { search(text: String): [Result] items: [Item!]! item: Item node: Node shelves: [[Item]] featured: Result }
    interface Node { id: ID! }
    interface Item implements Node { id: ID! title: String owner: Person }
    type Book implements Node & Item @key(fields: "id") { id: ID! title: String owner: Person pages: Int! author: Person! }
    type Film implements Node & Item @key(fields: "id") { id: ID! title: String! owner: Person minutes: Int cast: [Person!] }
    type Disc implements Node & Item { id: ID! title: String owner: Person tracks: [[String]!] }
    union Result = Book | Film | Person
    type Person implements Node @key(fields: "id") { id: ID! name: String }
  `,
  opinions: `
    type Query { verdicts: [Verdict!] lately: Rated }
    interface Rated { rating: Int }
    type Book implements Rated @key(fields: "id") { id: ID! rating: Int verdicts: [Verdict!]! }
    type Film implements Rated @key(fields: "id") { id: ID! rating: Int verdicts: [Verdict] sequel: Film }
    union Subject = Book | Film
    type Verdict { text: String subject: Subject by: Person }
    type Person @key(fields: "id") { id: ID! about: [Subject] }
  `,
  people: `
    type Person @key(fields: "id") { id: ID! age: Int! friends: [Person!] employer: Company contact: Contact }
    type Company { name: String! boss: Person }
    interface Contact { label: String }
    type Post implements Contact { label: String street: String! }
    type Phone implements Contact { label: String number: String }
  `,
});

/** Value types that several subgraphs fill in, lists of lists, requirements through lists, values that clients must not see. */
const values = withFederation({
  a: `
    type Query { grid: [[Cell!]!] cells: [Cell] root: Root @shareable thing: Thing }
    type Root @shareable { left: Side right: Side! rows: [[Side]] }
    type Side @shareable { up: Int down: String }
    scalar JSON
    type Cell @key(fields: "id") { id: ID! box: Box @shareable boxes: [Box!] @shareable matrix: [[Box!]] kind: Kind raw: JSON flags: [Boolean] zero: Int empty: String }
    type Box @shareable { w: Int h: Int inner: Inner }
    type Inner @shareable { deep: String }
    enum Kind { PLAIN FANCY SECRET @inaccessible }
    interface Thing { id: ID! }
    type Seen implements Thing { id: ID! look: String }
    type Unseen implements Thing @inaccessible { id: ID! look: String }
  `,
  b: `
    type Query { root: Root @shareable moreCells(from: Int! = 2): [Cell!]! }
    type Root @shareable { left: Side right: Side! rows: [[Side]] }
    type Side @shareable { up: Int down: String }
    type Cell @key(fields: "id") {
      id: ID! box: Box @external boxes: [Box!] @external flags: [Boolean] @external zero: Int @external empty: String @external
      volume: String @requires(fields: "box { w h inner { deep } }") sum: String @requires(fields: "boxes { w } flags") bare: String! @requires(fields: "zero empty")
      next: Cell neighbours: [[Cell!]!]!
    }
    type Box @shareable { w: Int h: Int inner: Inner }
    type Inner @shareable { deep: String }
  `,
  c: `
    type Cell @key(fields: "id") { id: ID! volume: String @external bare: String! @external label: String @requires(fields: "volume bare") twin: Cell! }
  `,
});

/** An interface as one object to a subgraph that does not know its implementations. */
const interfaceObjects = withFederation({
  catalogue: `
    type Query { all: [Media!]! one(id: ID!): Media pair: [Media] }
    interface Media @key(fields: "id") { id: ID! title: String year: Int }
    type Song implements Media @key(fields: "id") { id: ID! title: String year: Int seconds: Int artist: Artist }
    type Poem implements Media @key(fields: "id") { id: ID! title: String year: Int lines: [String!]! artist: Artist! }
    type Artist @key(fields: "id") { id: ID! name: String }
  `,
  ratings: `
    type Query { rated: [Media] }
    type Media @key(fields: "id") @interfaceObject { id: ID! year: Int @external stars: Int likes: [Like!] decade: String @requires(fields: "year") follows: Media }
    type Like { by: Artist at: String! }
    type Artist @key(fields: "id") { id: ID! liked: [Media!] }
  `,
});

/** Mutations in order, payloads that lead back into the graph, input objects, fields beside errors. */
const writes = withFederation({
  orders: `
    type Query { order(id: ID!): Order orders(filter: Filter, first: Int! = 3): [Order!] }
    type Mutation { orderPlace(input: OrderInput!): OrderPayload! orderCancel(id: ID!): OrderPayload }
    type OrderPayload { order: Order problems: [Problem!]! query: Query }
    type Problem { message: String! code: Code }
    enum Code { LATE GONE }
    input OrderInput { lines: [LineInput!]! note: String = "none" }
    input LineInput { sku: ID! quantity: Int = 1 }
    input Filter { states: [State!] = [OPEN] above: Int }
    enum State { OPEN DONE }
    type Order @key(fields: "id") { id: ID! state: State lines: [Line!]! buyer: Buyer }
    type Line { quantity: Int item: Item! }
    type Item @key(fields: "sku") { sku: ID! }
    type Buyer @key(fields: "id") { id: ID! }
  `,
  stock: `
    type Query { items(skus: [ID!]): [Item] }
    type Mutation { itemRestock(sku: ID!, by: Int = 10): Item itemsRecount: [Item!] }
    type Item @key(fields: "sku") { sku: ID! count: Int! reserved: Int cost: Int }
  `,
  buyers: `
    type Mutation { buyerRename(id: ID!, name: String): Buyer! }
    type Buyer @key(fields: "id") { id: ID! name: String! orders(last: Int = 2): [Order!] bestItem: Item }
    type Order @key(fields: "id") { id: ID! state: State @external urgency: String @requires(fields: "state") }
    enum State { OPEN DONE }
    type Item @key(fields: "sku") { sku: ID! cost: Int @external fans: [Buyer] markup: String @requires(fields: "cost") }
  `,
});

/** Keys that are reached only through other subgraphs, and non-null types on the way. */
const chain = withFederation({
  first: `
    type Query { start: Knot! starts: [Knot!]! maybe: [Knot] }
    type Knot @key(fields: "a") { a: ID! one: String! }
  `,
  second: `
    type Knot @key(fields: "a") @key(fields: "b") { a: ID! b: ID! two: Int! loop: Knot! strand: Strand! }
    type Strand @shareable { thick: Int! colour: String }
  `,
  third: `
    type Knot @key(fields: "b") @key(fields: "c") { b: ID! c: Int! x: Extra three: Boolean! others: [Knot!]! }
    type Extra @key(fields: "id") { id: ID! }
  `,
  fourth: `
    type Knot @key(fields: "c") { c: Int! four: String! last: Extra! far: [Extra!] }
    type Extra @key(fields: "id") { id: ID! note: String! knot: Knot }
  `,
});

export const SUPERGRAPHS = {
  shop,
  media,
  values,
  interfaceObjects,
  writes,
  chain,
  requiredArguments,
  keys,
  moves,
  requirements,
  shared,
  extended,
  interfaces,
  members,
  wholes,
  ways,
};

const { c: _requiresWhatIsRequired, ...simpleValues } = values;

/** Those that the stock planner plans well enough for its plans to be compared by how they are carried out. */
export const SAME_PLANS = { shop, media, values: simpleValues, interfaceObjects, writes, chain, keys, moves, shared, extended, members };
