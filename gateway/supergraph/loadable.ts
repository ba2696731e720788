import { type DirectiveNode, Kind, parse, print, visit } from 'graphql';
import { type Protection, separateProtection } from '../authorization/protection.ts';

/** Directives that Apollo's planner does not know and that the gateway reads itself. */
const READ_HERE = new Set(['cost', 'listSize']);

/** A supergraph as Apollo's planner can load it, and what was taken out of it for that. */
interface Loadable {
  readonly sdl: string;
  readonly protection: Protection;
}

/** Without security and cost directives, their definitions, their `@link`s and the scalars that only they use. */
export function loadable(supergraphSdl: string): Loadable {
  const { supergraph, protection } = separateProtection(parse(supergraphSdl, { noLocation: true }));
  const rest = visit(supergraph, {
    Directive: (node) => (READ_HERE.has(node.name.value) || linksToCost(node) ? null : undefined),
    DirectiveDefinition: (node) => (READ_HERE.has(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (/^federation__(Scope|Policy)$/.test(node.name.value) ? null : undefined),
  });
  return { sdl: print(rest), protection };
}

function linksToCost(node: DirectiveNode): boolean {
  if (node.name.value !== 'link') return false;
  const url = node.arguments?.find((argument) => argument.name.value === 'url')?.value;
  return url?.kind === Kind.STRING && /\/cost\/v/.test(url.value);
}
