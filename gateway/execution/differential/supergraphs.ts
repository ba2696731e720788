import { FEDERATION } from './subgraph.ts';

/** Small graphs, each for some of the ways in which a plan can be difficult. Subgraph name to SDL. */
export type SubgraphSdls = Readonly<Record<string, string>>;

export const withFederation = (sdls: SubgraphSdls): SubgraphSdls =>
  Object.fromEntries(Object.entries(sdls).map(([name, sdl]) => [name, `${FEDERATION}\n${sdl}`]));

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

/** Requirements with arguments, alone, several, nested, through interfaces; fields that clients ask for with others. */
const requiredArguments = withFederation({
  posts: `
    type Query { feed(first: Int = 2): [Post!]! post(id: ID!): Post authors: [Author] entries: [Entry!] }
    interface Entry { id: ID! comments(limit: Int = 2, order: Order = NEW): [Comment!] score(scale: Float): Float }
    type Post implements Entry @key(fields: "id") { id: ID! title(max: Int): String comments(limit: Int = 2, order: Order = NEW): [Comment!] score(scale: Float): Float author: Author entry: Entry }
    type Page implements Entry @key(fields: "id") { id: ID! comments(limit: Int = 2, order: Order = NEW): [Comment!] score(scale: Float): Float }
    enum Order { NEW OLD }
    type Comment { text(max: Int): String likes: Int replies(first: Int): [Comment] }
    type Author @key(fields: "id") { id: ID! name(style: Style): String }
    input Style { short: Boolean = true suffix: [String!] }
  `,
  ranking: `
    type Post @key(fields: "id") {
      id: ID! title(max: Int): String @external comments(limit: Int = 2, order: Order = NEW): [Comment!] @external author: Author @external entry: Entry @external
      heat: String @requires(fields: "comments(limit: 3) { likes }") mood: String @requires(fields: "comments(limit: 1, order: OLD) { text(max: 4) }")
      plain: String @requires(fields: "comments { likes text }") label(long: Boolean): String @requires(fields: "title(max: 5)") rank: Int
      byline: String @requires(fields: "author { name(style: { suffix: [\\"!\\"] }) } title(max: 9)") deep: String @requires(fields: "comments(limit: 2) { replies(first: 1) { likes } }")
      inner: String @requires(fields: "entry { score(scale: 2.5) ... on Page { comments(limit: 1) { likes } } }")
    }
    interface Entry { score(scale: Float): Float }
    type Page implements Entry @key(fields: "id", resolvable: false) { id: ID! score(scale: Float): Float @external comments(limit: Int = 2, order: Order = NEW): [Comment!] @external }
    enum Order { NEW OLD }
    type Comment { text(max: Int): String @external likes: Int @external replies(first: Int): [Comment] @external }
    type Author @key(fields: "id") { id: ID! name(style: Style): String @external rank: Int }
    input Style { short: Boolean = true suffix: [String!] }
  `,
});

/** Keys of every kind: some that only refer, several to choose from, nested ones, ones that lead on to others. */
const keys = withFederation({
  a: `
    type Query { parts: [Part!] part: Part bin: Bin knots: [Knot] }
    type Part @key(fields: "id") { id: ID! name: String bin: Bin }
    type Bin @key(fields: "site { code } slot") { site: Site slot: Int! depth: Int }
    type Site @key(fields: "code") { code: ID! city: String @shareable }
    type Knot @key(fields: "p") { p: ID! tie: String }
  `,
  b: `
    type Query { shipments: [Shipment] }
    type Shipment @key(fields: "id") { id: ID! parts: [Part!] main: Part bins: [[Bin!]] }
    type Part @key(fields: "id", resolvable: false) @key(fields: "id sku") { id: ID! sku: ID! weight: Int name: String @external tag: String @requires(fields: "name") }
    type Bin @key(fields: "site { code } slot") { site: Site slot: Int! free: Boolean }
    type Site @key(fields: "code", resolvable: false) { code: ID! }
  `,
  c: `
    type Query { lastPart: Part }
    type Part @key(fields: "sku") @key(fields: "id") { id: ID! sku: ID! price: Float knot: Knot }
    type Knot @key(fields: "p") @key(fields: "q r") { p: ID! q: Int! r: ID! }
    type Site @key(fields: "code") { code: ID! city: String @shareable area: Int }
  `,
  d: `
    type Knot @key(fields: "q r") { q: Int! r: ID! rope: String part: Part next: Knot }
    type Part @key(fields: "sku", resolvable: false) { sku: ID! }
  `,
});

/** Fields that moved house, some only for some requests; what is provided on interfaces and unions; external fields that nobody needs. */
const moves = withFederation({
  old: `
    type Query { items: [Item!] offers: [Offer] media: Media }
    type Item @key(fields: "id") { id: ID! name: String @shareable stock: Int price: Int colour: String maker: Maker @shareable }
    type Maker @key(fields: "id") { id: ID! title: String @shareable }
    interface Media { id: ID! url: String }
    type Photo implements Media @key(fields: "id") { id: ID! url: String @shareable }
    type Video implements Media @key(fields: "id") { id: ID! url: String length: Int @shareable }
    union Offer = Item | Maker
  `,
  new: `
    type Query { sale: [Item] }
    type Item @key(fields: "id") {
      id: ID! stock: Int @override(from: "old") price: Int @override(from: "old", label: "percent(0)") colour: String @override(from: "old", label: "percent(100)")
      name: String @external text: String @requires(fields: "name") weight: Int
    }
  `,
  views: `
    type Query { cover: Media @provides(fields: "... on Photo { url } ... on Video { length }") pick: Offer @provides(fields: "... on Item { name }") best: Item @provides(fields: "maker { title }") }
    type Item @key(fields: "id") { id: ID! name: String @external maker: Maker @external weight: Int @external views: Int ratio: String @requires(fields: "weight") }
    type Maker @key(fields: "id") { id: ID! title: String @external }
    interface Media { id: ID! }
    type Photo implements Media @key(fields: "id") { id: ID! url: String @external }
    type Video implements Media @key(fields: "id") { id: ID! length: Int @external }
    union Offer = Item | Maker
  `,
});

/** Requirements of requirements, through fragments, interfaces and lists, in circles; the parent asked again for its child. */
const requirements = withFederation({
  base: `
    type Query { nodes: [Node!] node(id: ID!): Node any: Thing }
    interface Thing { id: ID! }
    type Node implements Thing @key(fields: "id") { id: ID! size: Int kind: String owner: Owner parts: [[Part]] shape: Shape children: [Node!] }
    type Part { grade: Int weight: Float }
    interface Shape { area: Int }
    type Round implements Shape { area: Int radius: Int }
    type Square implements Shape { area: Int side: Int corner: Part }
    type Owner @key(fields: "id") { id: ID! name: String best: Node }
  `,
  first: `
    type Node @key(fields: "id") {
      id: ID! size: Int @external shape: Shape @external parts: [[Part]] @external owner: Owner @external third: String @external
      one: String @requires(fields: "size") outline: String @requires(fields: "shape { area ... on Round { radius } ... on Square { side corner { grade } } }")
      grades: String @requires(fields: "parts { grade }") holder: String @requires(fields: "owner { name age }") fourth: String @requires(fields: "third") plain: Int
      parent: Node
    }
    type Part { grade: Int @external }
    interface Shape { area: Int }
    type Round implements Shape { area: Int @external radius: Int @external }
    type Square implements Shape { area: Int @external side: Int @external corner: Part @external }
    type Owner @key(fields: "id") { id: ID! name: String @external age: Int @external }
  `,
  second: `
    type Node @key(fields: "id") { id: ID! one: String @external outline: String @external two: String @requires(fields: "one outline") third: String @requires(fields: "one") spare: Int nearest: Node }
    type Owner @key(fields: "id") { id: ID! age: Int nodes: [Node!] }
  `,
  third: `
    type Node @key(fields: "id") { id: ID! two: String @external fourth: String @external last: String @requires(fields: "two fourth") }
  `,
});

/** Fields that several subgraphs answer, enums and inputs of which each knows a part, roots and types that clients cannot see. */
const shared = withFederation({
  a: `
    type Query { page: Page @shareable find(by: By): [Doc] hidden: Secret @inaccessible version: String @shareable }
    type Page @shareable { title: String doc: Doc facts: [Fact!] }
    type Fact @shareable { key: String value: Int }
    type Doc @key(fields: "id") { id: ID! state: State note: String @inaccessible body: Body @shareable }
    type Body @shareable { text: String lang: String }
    enum State { DRAFT LIVE GONE }
    input By { text: String state: Phase only: Int }
    enum Phase { EARLY LATE }
    type Secret @inaccessible { id: ID }
  `,
  b: `
    type Query { page: Page @shareable docs: [Doc!]! version: String @shareable }
    type Page @shareable { title: String doc: Doc lead: String facts: [Fact!] }
    type Fact @shareable { key: String value: Int }
    type Doc @key(fields: "id") { id: ID! note: String @external state: State @external summary(by: By): String @requires(fields: "note state") body: Body @shareable }
    type Body @shareable { text: String lang: String }
    enum State { DRAFT LIVE GONE }
    input By { text: String state: Phase }
    enum Phase { EARLY LATE FINAL }
  `,
});

export const SUPERGRAPHS = { shop, media, values, interfaceObjects, writes, chain, requiredArguments, keys, moves, requirements, shared };

const { c: _requiresWhatIsRequired, ...simpleValues } = values;

/** Those that the stock planner plans well enough for its plans to be compared by how they are carried out. */
export const SAME_PLANS = { shop, media, values: simpleValues, interfaceObjects, writes, chain, keys, moves, shared };
