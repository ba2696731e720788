import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import type { Arguments } from './arguments.ts';
import type { ResolveInfo } from './resolve-info.ts';

/** How a type finds what a representation stands for. */
export type ResolveReference = (representation: Arguments, context: unknown, info: ResolveInfo) => unknown;

export interface Represented {
  readonly type: GraphQLObjectType;
  /** Without one, the representation is all that is known of it. */
  readonly resolveReference: ResolveReference | null;
}

/** Of what type an element of `_entities` is, and how it is found. */
export function representedBy(schema: GraphQLSchema, representation: Arguments): Represented {
  const typename = representation['__typename'];
  const type = typeof typename === 'string' ? schema.getType(typename) : undefined;
  if (!isObjectType(type)) throw new Error(`There is no entity of the type "${String(typename)}".`);
  return { type, resolveReference: referenceResolverOf(type) };
}

function referenceResolverOf({ extensions }: GraphQLObjectType): ResolveReference | null {
  const { apollo } = extensions as { readonly apollo?: { readonly subgraph?: { readonly resolveReference?: ResolveReference } } };
  return apollo?.subgraph?.resolveReference ?? null;
}
