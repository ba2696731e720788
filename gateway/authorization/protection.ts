import { type ConstDirectiveNode, type ConstValueNode, type DirectiveNode, type DocumentNode, Kind, visit } from 'graphql';

/** One thing that a caller must have: a sign-in, or all of one of several groups of scopes or policies. */
export type Demand =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'scope'; readonly anyOf: readonly (readonly string[])[] }
  | { readonly kind: 'policy'; readonly anyOf: readonly (readonly string[])[] };

/** What is demanded of whoever wants a `Type` or a `Type.field`. */
export type Protection = ReadonlyMap<string, readonly Demand[]>;

type Feature = 'authenticated' | 'requiresScopes' | 'policy';

const READERS: Readonly<Record<Feature, (directive: ConstDirectiveNode) => Demand>> = {
  authenticated: () => ({ kind: 'sign-in' }),
  requiresScopes: (directive) => ({ kind: 'scope', anyOf: groupsIn(directive, 'scopes') }),
  policy: (directive) => ({ kind: 'policy', anyOf: groupsIn(directive, 'policies') }),
};
const FEATURES: readonly Feature[] = ['authenticated', 'requiresScopes', 'policy'];

/**
 * Takes the security directives out of a supergraph, with their definitions, links and scalars, and tells what each of
 * them demanded: what is not in the one is in the other.
 */
export function separateProtection(supergraph: DocumentNode): { readonly supergraph: DocumentNode; readonly protection: Protection } {
  const features = featureNames(supergraph);
  const protection = new Map<string, Demand[]>();
  const take = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    for (const directive of directives) {
      const feature = features.get(directive.name.value);
      if (feature) protection.set(coordinate, [...(protection.get(coordinate) ?? []), READERS[feature](directive)]);
    }
  };
  for (const definition of supergraph.definitions) {
    if (!('name' in definition) || !definition.name || !('directives' in definition)) continue;
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) continue;
    take(definition.name.value, definition.directives);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? []) take(`${definition.name.value}.${field.name.value}`, field.directives);
  }
  const isTaken = (name: string) => features.has(name);
  const rest: DocumentNode = visit(supergraph, {
    Directive: (node) => (isTaken(node.name.value) || featureLinkedBy(node) ? null : undefined),
    DirectiveDefinition: (node) => (isTaken(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) =>
      /^(.+)__(Scope|Policy)$/.test(node.name.value) && isTaken(node.name.value.replace(/__(Scope|Policy)$/, '')) ? null : undefined,
  });
  return { supergraph: rest, protection };
}

/** The directives' names in this supergraph: their own, and others under which it links to them. */
function featureNames(supergraph: DocumentNode): ReadonlyMap<string, Feature> {
  const names = new Map<string, Feature>(FEATURES.map((feature) => [feature, feature]));
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const link of definition.directives ?? []) {
      const feature = featureLinkedBy(link);
      if (!feature) continue;
      const as = textOf(argumentOf(link, 'as'));
      if (as) names.set(as, feature);
      for (const imported of importsOf(link)) names.set(imported, feature);
    }
  }
  return names;
}

function featureLinkedBy(node: DirectiveNode): Feature | null {
  if (node.name.value !== 'link') return null;
  const url = node.arguments?.find(({ name }) => name.value === 'url')?.value;
  const [, name] = (url?.kind === Kind.STRING && /\/([A-Za-z]+)\/v\d/.exec(url.value)) || [];
  return FEATURES.find((feature) => feature === name) ?? null;
}

/** `import: [{ name: "@policy", as: "@rule" }]` */
function importsOf(link: ConstDirectiveNode): string[] {
  const imports = argumentOf(link, 'import');
  if (imports?.kind !== Kind.LIST) return [];
  return imports.values.flatMap((value) => {
    const as = value.kind === Kind.OBJECT ? value.fields.find(({ name }) => name.value === 'as')?.value : undefined;
    return as?.kind === Kind.STRING && as.value.startsWith('@') ? [as.value.slice(1)] : [];
  });
}

const argumentOf = (directive: ConstDirectiveNode, name: string): ConstValueNode | undefined =>
  directive.arguments?.find((argument) => argument.name.value === name)?.value;

const textOf = (value: ConstValueNode | undefined): string | null => (value?.kind === Kind.STRING ? value.value : null);

function groupsIn(directive: ConstDirectiveNode, argument: string): string[][] {
  const value = argumentOf(directive, argument);
  if (value?.kind !== Kind.LIST) return [];
  return value.values.map((group) => (group.kind === Kind.LIST ? group.values.flatMap((name) => textOf(name) ?? []) : [textOf(group) ?? []].flat()));
}
