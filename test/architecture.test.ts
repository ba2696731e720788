import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasComputedImport, type Import, importsOf, type SourceFile, sourceFiles, withoutComments, withoutTemplates } from './imports.ts';

/** The house's rules about who imports whom, and who touches the world. Everything that breaks one is listed. */

const zoneOf = (path: string): string => {
  const [first = '', second, third] = path.split('/');
  if (first === 'subgraphs') return third === undefined ? 'subgraphs' : `subgraphs/${second}`;
  return second === undefined ? (path.endsWith('.ts') ? 'root' : 'library') : ZONES.includes(first) ? first : 'library';
};
const ZONES = ['platform', 'gateway', 'scripts', 'test', 'bench', 'storefront'];

/** Tests and what they are set up with, wherever they stand: they may reach everything. */
const isTest = (path: string) => zoneOf(path) === 'test' || /\.(test|fixture|setup)\.ts$/.test(path);
const isMain = (path: string) => basename(path) === 'main.ts';
const isEntry = (path: string) => isMain(path) || zoneOf(path) === 'scripts';

/** From top to bottom; an import may only go down, or stay on its floor in another noun. */
const LADDER = ['index.ts', 'resolvers.ts', 'schema.generated.ts', 'service.ts', 'context.ts', 'loaders.ts', 'entities.ts', 'domain.ts'];
const UNNAMED = -1;

/** Where a file stands on the ladder of its subgraph: the files of the room itself and of its nouns have a place. */
function floorOf(path: string): number {
  const depth = path.split('/').length;
  return path.startsWith('subgraphs/') && (depth === 3 || depth === 4) ? LADDER.indexOf(basename(path)) : UNNAMED;
}

function climbs({ from, to }: Import): boolean {
  if (basename(from) === 'schema.generated.ts' || zoneOf(from) !== zoneOf(to)) return false;
  const [above, below] = [floorOf(from), floorOf(to)];
  if (below === UNNAMED) return false;
  // A file that the ladder does not name stands below the resolvers.
  return above === UNNAMED ? below < LADDER.indexOf('schema.generated.ts') : below < above;
}

/** Where gateway and subgraphs become one shop; the gateway itself serves any supergraph. */
const MEETING_PLACES = ['gateway/main.ts', 'gateway/shop.ts'];

const DOMAIN_MAY_IMPORT = ['platform/errors.ts', 'platform/money.ts'];

/** `importers` are the files that import anything themselves. */
const RULES: Readonly<Record<string, (edge: Import, importers: ReadonlySet<string>) => boolean>> = {
  'platform/ imports nothing above it': ({ from, to }) => zoneOf(from) === 'platform' && !['platform', 'library'].includes(zoneOf(to)),
  'a subgraph imports itself and platform/ only': ({ from, to }) =>
    zoneOf(from).startsWith('subgraphs/') && ![zoneOf(from), 'platform', 'library'].includes(zoneOf(to)),
  'what stands beside the subgraphs imports them by their index.ts, and platform/': ({ from, to }) =>
    zoneOf(from) === 'subgraphs' && !['platform', 'subgraphs', 'library'].includes(zoneOf(to)) && !/^subgraphs\/[^/]+\/index\.ts$/.test(to),
  'gateway/ imports platform/ only; where it meets the subgraphs also #subgraphs': ({ from, to }) =>
    zoneOf(from) === 'gateway' && !['gateway', 'platform', 'library'].includes(zoneOf(to)) && !(MEETING_PLACES.includes(from) && to === 'subgraphs/index.ts'),
  'nothing else in gateway/ imports where it meets the subgraphs': ({ from, to }) => zoneOf(from) === 'gateway' && MEETING_PLACES.includes(to) && !isMain(from),
  'bench/ and storefront/ import nothing of the house': ({ from, to }) =>
    ['bench', 'storefront'].includes(zoneOf(from)) && ![zoneOf(from), 'library'].includes(zoneOf(to)),
  'nothing imports scripts/ or test/': ({ from, to }) => ['scripts', 'test'].includes(zoneOf(to)) && !isTest(from) && zoneOf(from) !== 'scripts',
  'nothing but an entry takes hold of the process': ({ from, to }) => to === 'platform/process.ts' && !isEntry(from),
  'nothing imports an entry': ({ to }) => isMain(to),
  'domain.ts imports errors and money of platform/ only, and tables beside it': ({ from, to }, importers) =>
    basename(from) === 'domain.ts' && !DOMAIN_MAY_IMPORT.includes(to) && (dirname(from) !== dirname(to) || importers.has(to) || floorOf(to) !== UNNAMED),
  'imports go down the ladder of a subgraph': climbs,
};

/** What benchmarks measure beside the house are servers of their own, since bench/ imports nothing of it. */
const isBenchServer = (path: string) => /^bench\/(floor|gateway\/\w+)\/main\.ts$/.test(path);

/** Code that touches the world, and where it may stand. `main.ts` calls what platform/ offers for it. */
const TOUCHES: readonly { readonly what: string; readonly pattern: RegExp; readonly isAllowed: (path: string) => boolean }[] = [
  {
    what: 'reads the environment',
    pattern: /\bprocess\.env\b(?!\[[^\]]+\]\s*=[^=])|import\.meta\.env|\{[^}]*\benv\b[^}]*\}\s*from\s*['"](node:)?process['"]/,
    isAllowed: isEntry,
  },
  { what: 'listens', pattern: /\.listen\(/, isAllowed: (path) => ['platform/http.ts', 'platform/mongod-process.ts'].includes(path) || isBenchServer(path) },
  {
    what: 'handles signals',
    pattern: /\bprocess\.(on|once)\(/,
    isAllowed: (path) => ['platform/process.ts', 'platform/mongod-process.ts'].includes(path) || isBenchServer(path),
  },
  { what: 'has an effect when imported', pattern: /^(await|void|process\.|console\.|setInterval\(|setTimeout\(|if \()/m, isAllowed: isEntry },
];

function breaches(files: readonly SourceFile[]): string[] {
  const edges = files.filter(({ path }) => !isTest(path)).flatMap(importsOf);
  const importers = new Set(edges.map(({ from }) => from));
  const ofImports = Object.entries(RULES).flatMap(([rule, breaks]) =>
    edges.filter((edge) => breaks(edge, importers)).map(({ from, to }) => `${rule}: ${from} imports ${to}`),
  );
  const ofTouches = files
    .filter(({ path }) => !isTest(path) && zoneOf(path) !== 'root')
    .flatMap(({ path, text }) =>
      TOUCHES.filter(({ pattern, isAllowed }) => !isAllowed(path) && pattern.test(withoutTemplates(withoutComments(text)))).map(
        ({ what }) => `${path} ${what}`,
      ),
    );
  const computed = files
    .filter((file) => !isTest(file.path) && !isEntry(file.path) && hasComputedImport(file))
    .map(({ path }) => `${path} computes what it imports`);
  return [...ofImports, ...ofTouches, ...computed, ...nounCycles(edges)];
}

/** Nouns of one subgraph may import each other in one direction only: no way leads back. */
function nounCycles(edges: readonly Import[]): string[] {
  const nounOf = (path: string) => (/^subgraphs\/[^/]+\/[^/]+\//.test(path) ? path.split('/').slice(0, 3).join('/') : null);
  const imports = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    const [user, used] = [nounOf(from), nounOf(to)];
    if (user && used && user !== used && dirname(user) === dirname(used)) imports.set(user, (imports.get(user) ?? new Set()).add(used));
  }
  const reaches = (start: string, goal: string, seen = new Set<string>()): boolean =>
    [...(imports.get(start) ?? [])].some((next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))));
  return [...imports].flatMap(([noun, used]) =>
    [...used].filter((other) => reaches(other, noun)).map((other) => `nouns import in one direction only: ${noun} and ${other} import each other`),
  );
}

describe('the house', () => {
  const files = sourceFiles();

  test('every folder is read, and imports are found in it', () => {
    for (const zone of [
      'platform',
      'gateway',
      'scripts',
      'subgraphs/user',
      'subgraphs/product',
      'subgraphs/cart',
      'subgraphs/order-payment',
      'subgraphs/review',
    ]) {
      expect(files.filter(({ path }) => zoneOf(path) === zone).flatMap(importsOf).length, zone).toBeGreaterThan(5);
    }
  });

  test('keeps its rules', () => {
    expect(breaches(files)).toEqual([]);
  });

  test('names its files by what they hold, in kebab-case', () => {
    const says = (path: string) =>
      /^([a-z0-9-]+\/)*[a-z0-9-]+(\.[a-z0-9-]+)*\.tsx?$/.test(path) && !/(^|\/)(utils?|helpers?|common|managers?|misc)(\.|\/)/.test(path);
    expect(files.map(({ path }) => path).filter((path) => !says(path))).toEqual([]);
    expect(['platform/utils.ts', 'subgraphs/cart/helpers/x.ts', 'gateway/cartManager.ts', 'gateway/Front.ts'].filter(says)).toEqual([]);
  });
});

describe('a breach is caught', () => {
  const file = (path: string, text: string): SourceFile => ({ path, text });

  test.each([
    ['platform/jobs.ts', '#subgraphs'],
    ['platform/jobs.ts', '../gateway/limits.ts'],
    ['platform/jobs.ts', '../test/graph.ts'],
    ['subgraphs/cart/service.ts', '../review/domain.ts'],
    ['subgraphs/cart/pricing/service.ts', '../../product/index.ts'],
    ['subgraphs/cart/service.ts', '#subgraphs'],
    ['subgraphs/cart/service.ts', '../../gateway/limits.ts'],
    ['subgraphs/cart/service.ts', '../../scripts/compose.ts'],
    ['subgraphs/server.ts', './cart/service.ts'],
    ['gateway/limits.ts', '#subgraphs'],
    ['gateway/main.ts', '../subgraphs/cart/index.ts'],
    ['gateway/gateway.ts', '#platform/process.ts'],
    ['gateway/gateway.ts', './main.ts'],
    ['gateway/gateway.ts', './shop.ts'],
    ['gateway/shop.ts', '../subgraphs/cart/index.ts'],
    ['bench/main.ts', '#platform/money.ts'],
    ['storefront/app.tsx', '../platform/money.ts'],
    ['subgraphs/cart/domain.ts', 'zod'],
    ['subgraphs/cart/domain.ts', 'node:fs'],
    ['subgraphs/cart/domain.ts', './entities.ts'],
    ['subgraphs/cart/domain.ts', '#platform/entity.ts'],
    ['subgraphs/cart/pricing/domain.ts', '../carts/domain.ts'],
    ['subgraphs/cart/entities.ts', './loaders.ts'],
    ['subgraphs/cart/loaders.ts', './context.ts'],
    ['subgraphs/cart/context.ts', './service.ts'],
    ['subgraphs/cart/service.ts', './schema.generated.ts'],
    ['subgraphs/cart/service.ts', './resolvers.ts'],
    ['subgraphs/cart/carts/loaders.ts', '../pricing/service.ts'],
    ['subgraphs/cart/siblings.ts', './resolvers.ts'],
    ['subgraphs/cart/resolvers.ts', './index.ts'],
  ])('%s imports %s', (path, specifier) => {
    for (const statement of [
      `import { x } from '${specifier}';`,
      `import type { X } from "${specifier}";`,
      `import {\n  x,\n  type Y,\n} from '${specifier}';`,
      `import '${specifier}';`,
      `export { x } from '${specifier}';`,
      `export * from '${specifier}';`,
      `const x = async () => import('${specifier}');`,
    ]) {
      expect(breaches([file(path, `// why\n${statement}\n`)]), statement).not.toEqual([]);
    }
  });

  test.each([
    ['platform/config.ts', "const home = process.env['HOME'];"],
    ['platform/config.ts', "import { env } from 'node:process';"],
    ['gateway/front.ts', 'server.listen(4000);'],
    ['subgraphs/server.ts', "process.once('SIGTERM', stop);"],
    ['subgraphs/cart/service.ts', 'await warmUp();'],
    ['subgraphs/cart/service.ts', 'const x = () => import(name);'],
  ])('%s: %s', (path, text) => {
    expect(breaches([file(path, text)])).not.toEqual([]);
  });

  test('nouns that import each other, also by a detour', () => {
    const imports = (noun: string, other: string) => file(`subgraphs/cart/${noun}/service.ts`, `import { x } from '../${other}/service.ts';`);
    expect(breaches([imports('a', 'b'), imports('b', 'c')])).toEqual([]);
    expect(breaches([imports('a', 'b'), imports('b', 'a')])).not.toEqual([]);
    expect(breaches([imports('a', 'b'), imports('b', 'c'), imports('c', 'a')])).not.toEqual([]);
  });
});

describe('what is allowed', () => {
  test.each([
    ['subgraphs/main.ts', "import { runProcess } from '#platform/process.ts';\nawait runProcess(process.env);"],
    ['gateway/main.ts', "import { subgraphs } from '#subgraphs';"],
    ['subgraphs/index.ts', "import { cart } from './cart/index.ts';"],
    ['subgraphs/cart/domain.ts', "import { type Money } from '#platform/money.ts';"],
    ['subgraphs/cart/entities.ts', "import type { State } from './domain.ts';"],
    ['subgraphs/cart/resolvers.ts', "import type { Resolvers } from './schema.generated.ts';"],
    ['subgraphs/cart/schema.generated.ts', "import type { Context } from './context.ts';"],
    ['subgraphs/cart/carts/service.ts', "import type { Context } from '../context.ts';"],
    ['subgraphs/cart/cart.db.test.ts', "import { startSubgraphs } from '../../test/subgraphs.ts';"],
    ['gateway/gateway.ts', "  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';"],
    ['platform/config.ts', '/** Only main.ts reads process.env. */\n// import { x } from "../gateway/main.ts";'],
  ])('%s: %s', (path, text) => {
    expect(breaches([{ path, text }])).toEqual([]);
  });
});
