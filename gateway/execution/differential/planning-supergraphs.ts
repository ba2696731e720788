import { type SubgraphSdls, withFederation } from './subgraph.ts';

/** Requirements with arguments, alone, several, nested, through interfaces; fields that clients ask for with others. */
export const requiredArguments = withFederation({
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
export const keys = withFederation({
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
export const moves = withFederation({
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
export const requirements = withFederation({
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
export const shared = withFederation({
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

/** As before federation 2: types extended from elsewhere, fields external without need, no links. */
export const extended: SubgraphSdls = {
  users: `
    type Query { me: User users: [User] }
    type User @key(fields: "id") { id: ID! name: String profile: Profile }
    type Profile { bio: String links: [String!]! }
  `,
  reviews: `
    extend type User @key(fields: "id") { id: ID! @external name: String @external reviews: [Review] greeting: String @requires(fields: "name") }
    type Review @key(fields: "id") { id: ID! text: String author: User @provides(fields: "name") product: Product }
    extend type Product @key(fields: "upc") { upc: ID! @external reviews: [Review!] }
  `,
  products: `
    extend type Query { top(first: Int = 3): [Product] }
    type Product @key(fields: "upc") @key(fields: "sku brand { id }") { upc: ID! sku: ID! brand: Brand! price: Int }
    type Brand @key(fields: "id") { id: ID! name: String }
  `,
  extra: `
    extend type Product @key(fields: "sku brand { id }") { sku: ID! @external brand: Brand! @external price: Int @external stock: Int margin: String @requires(fields: "price") }
    extend type Brand @key(fields: "id") { id: ID! @external rank: Int }
  `,
};

/** Interfaces of entities that others extend, refer to only, and lead back to themselves. */
export const interfaces = withFederation({
  media: `
    type Query { node(id: ID!): Media nodes: [Media!] songs: [Song!] }
    interface Media @key(fields: "id") { id: ID! title: String next: Media }
    interface Played { length: Int }
    type Song implements Media & Played @key(fields: "id") { id: ID! title: String next: Media length: Int cover: Picture }
    type Film implements Media & Played @key(fields: "id") { id: ID! title: String next: Media length: Int stills: [Picture!] }
    type Text implements Media @key(fields: "id") { id: ID! title: String next: Media words: Int }
    type Picture @key(fields: "id") { id: ID! url: String }
  `,
  lists: `
    type Query { playlist: Playlist newest: Media }
    type Playlist { name: String items: [[Media!]] first: Media! }
    type Media @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }
  `,
  makers: `
    type Query { makers: [Maker] }
    type Media @key(fields: "id") @interfaceObject { id: ID! maker: Maker credit: String }
    type Maker @key(fields: "id") { id: ID! name: String made: [Media!] }
  `,
});
