import { type DirectiveNode, type DocumentNode, Kind, parse, print, visit } from 'graphql';

/** Directives that Apollo's gateway refuses to load; the subgraphs enforce them from their own SDL. */
const ENFORCED_ELSEWHERE = new Set(['authenticated', 'requiresScopes', 'policy']);
const FEATURES = /\/(authenticated|requiresScopes|policy)\/v/;
/** Directives that Apollo's gateway does not know and that the gateway reads itself. */
const READ_HERE = new Set(['cost', 'listSize']);

/**
 * The supergraph as Apollo's gateway can load it: without security and cost directives, their definitions, their
 * `@link`s and the scalars that only they use.
 */
export function withoutEnforcedDirectives(supergraphSdl: string): string {
  const isDropped = (name: string) => ENFORCED_ELSEWHERE.has(name) || READ_HERE.has(name);
  const stripped: DocumentNode = visit(parse(supergraphSdl), {
    Directive: (node) => (isDropped(node.name.value) || linksToFeature(node) ? null : undefined),
    DirectiveDefinition: (node) => (isDropped(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (/^(requiresScopes|policy|federation)__(Scope|Policy)$/.test(node.name.value) ? null : undefined),
  });
  return print(stripped);
}

function linksToFeature(node: DirectiveNode): boolean {
  if (node.name.value !== 'link') return false;
  const url = node.arguments?.find((argument) => argument.name.value === 'url')?.value;
  return url?.kind === Kind.STRING && (FEATURES.test(url.value) || /\/cost\/v/.test(url.value));
}
