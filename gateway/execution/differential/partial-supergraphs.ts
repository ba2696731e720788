import { withFederation } from './subgraph.ts';

/** Unions and interfaces of which each subgraph knows another part, abstract types within abstract types. */
export const members = withFederation({
  press: `
    type Query { feed: [Entry] pick: Choice shelf: [[Choice!]] shapes: [Shape!] nodes: [Node!]! }
    union Entry = Post | Poll
    union Choice = Post | Note | Link
    interface Node { id: ID! }
    interface Shape { area: Int inner: Choice }
    type Post implements Node @key(fields: "id") { id: ID! title: String about: Choice shape: Shape }
    type Poll implements Node @key(fields: "id") { id: ID! question: String! entries: [Entry!] }
    type Note @key(fields: "id") { id: ID! text: String on: Node }
    type Link @shareable { url: String }
    type Disc implements Shape @key(fields: "id") { id: ID! area: Int inner: Choice radius: Int }
    type Tile implements Shape { area: Int inner: Choice side: Int! }
  `,
  films: `
    type Query { latest: [Choice] node: Node film(id: ID!): Film }
    union Choice = Post | Film | Link
    union Entry = Film | Poll
    interface Node { id: ID! }
    interface Rated implements Node { id: ID! likes: Int }
    type Post implements Node & Rated @key(fields: "id") { id: ID! likes: Int related: [Choice] }
    type Film implements Node & Rated @key(fields: "id") { id: ID! likes: Int minutes: Int! about: Choice parts: [Entry] }
    type Poll implements Node @key(fields: "id") { id: ID! votes: Int leader: Choice first: Entry }
    type Link @shareable { url: String }
  `,
  notes: `
    type Query { rated: [Rated] scraps: [Scrap] }
    union Scrap = Note | Disc
    interface Rated { likes: Int }
    interface Node { id: ID! }
    type Note implements Rated & Node @key(fields: "id") { id: ID! likes: Int by: Node scrap: Scrap }
    type Disc @key(fields: "id") { id: ID! colour: String scraps: [Scrap!]! }
    type Film implements Node @key(fields: "id") { id: ID! notes: [Note] }
  `,
});

/** What is provided at every depth, on unions and interfaces; requirements in circles, of requirements, with arguments, of abstract types. */
export const wholes = withFederation({
  base: `
    type Query { works: [Work!] work: Work things: [Thing] }
    union Thing = Work | Person
    interface Named { name(short: Boolean = false): String }
    type Work implements Named @key(fields: "id") { id: ID! name(short: Boolean = false): String year: Int @shareable author: Person @shareable cover: Cover pages: [Page!] }
    type Person implements Named @key(fields: "id") { id: ID! name(short: Boolean = false): String born: Int @shareable idol: Person @shareable }
    interface Cover { width: Int }
    type Photo implements Cover @shareable { width: Int by: Person }
    type Plain implements Cover @shareable { width: Int colour: String }
    type Page @shareable { number: Int words(min: Int = 1): Int }
  `,
  ring: `
    type Work @key(fields: "id") { id: ID! year: Int @external age: String @requires(fields: "year") score: String @requires(fields: "rank") rank: String @external }
    type Person @key(fields: "id") { id: ID! born: Int @external idol: Person @external era: String @requires(fields: "born idol { born }") works: [Work!] }
  `,
  rank: `
    type Work @key(fields: "id") {
      id: ID! age: String @external rank: String @requires(fields: "age") score: String @external grade: String @requires(fields: "score")
      cover: Cover @external pages: [Page!] @external author: Person @external
      look: String @requires(fields: "cover { width ... on Plain { colour } ... on Photo { by { name(short: true) } } }")
      length: String @requires(fields: "pages { number words(min: 3) }") byline: String @requires(fields: "author { era name }")
    }
    type Person implements Named @key(fields: "id") { id: ID! era: String @external name(short: Boolean = false): String @external fame: Int }
    interface Named { name(short: Boolean = false): String }
    interface Cover { width: Int }
    type Photo implements Cover { width: Int @external by: Person @external }
    type Plain implements Cover { width: Int @external colour: String @external }
    type Page { number: Int @external words(min: Int = 1): Int @external }
  `,
  shows: `
    type Query {
      show: Show @provides(fields: "main { year author { born } }")
      stage: [Act] @provides(fields: "... on Show { main { year } } ... on Solo { player { born idol { born } } }")
      shows: [Show!] @provides(fields: "acts { ... on Solo { player { born } } }")
    }
    union Act = Show | Solo
    type Show @key(fields: "id") { id: ID! main: Work acts: [Act] }
    type Solo { player: Person minutes: Int }
    type Work @key(fields: "id") { id: ID! year: Int @external author: Person @external }
    type Person @key(fields: "id") { id: ID! born: Int @external idol: Person @external }
  `,
});

/** Keys of several and of nested fields, from subgraph to subgraph; some subgraphs only know the way. */
export const ways = withFederation({
  a: `
    type Query { crates: [Crate!] crate: Crate }
    type Crate @key(fields: "a") { a: ID! label: String }
  `,
  b: `
    type Crate @key(fields: "a") @key(fields: "b { x y }") { a: ID! b: Spot! }
    type Spot @key(fields: "x y", resolvable: false) { x: Int! y: ID! }
  `,
  c: `
    type Crate @key(fields: "b { x y }") @key(fields: "c d") { b: Spot! c: ID! d: Int! weight: Int pallet: Pallet }
    type Spot @key(fields: "x y", resolvable: false) { x: Int! y: ID! }
    type Pallet @key(fields: "crate { c d }") { crate: Crate! }
  `,
  d: `
    type Query { pallets: [Pallet] }
    type Crate @key(fields: "c d") @key(fields: "e") { c: ID! d: Int! e: String! tare: Int }
    type Pallet @key(fields: "crate { c d }") { crate: Crate! bay: String }
  `,
  e: `
    type Crate @key(fields: "e") { e: String! weight: Int @external gross: String @requires(fields: "weight") twin: Crate }
  `,
});
