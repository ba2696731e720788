import {
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type ConstDirectiveNode,
  defaultFieldResolver,
  isObjectType,
} from 'graphql';
import { DomainError } from './errors.ts';
import type { Identity } from './identity.ts';

/** What a field asks of its caller: a sign-in, and one of the alternatives of scopes. */
export interface Requirement {
  readonly isAuthenticated: boolean;
  readonly anyOf: readonly (readonly string[])[];
}

interface Protected {
  readonly identity: Identity;
  readonly caller: string;
}

/** Reads `@authenticated` and `@requiresScopes` as they stand; null when a coordinate asks for nothing. */
export function requirementOf(directives: readonly ConstDirectiveNode[] | undefined): Requirement | null {
  const scopes = directives?.find((directive) => directive.name.value === 'requiresScopes');
  const isAuthenticated = directives?.some((directive) => directive.name.value === 'authenticated') ?? false;
  if (!scopes && !isAuthenticated) return null;
  return { isAuthenticated: true, anyOf: scopes ? scopeLists(scopes) : [] };
}

function scopeLists(directive: ConstDirectiveNode): string[][] {
  const value = directive.arguments?.find((argument) => argument.name.value === 'scopes')?.value;
  if (value?.kind !== Kind.LIST) return [];
  return value.values.map((group) => (group.kind === Kind.LIST ? group.values.flatMap((scope) => (scope.kind === Kind.STRING ? [scope.value] : [])) : []));
}

/** Throws what a caller without the right gets: UNAUTHENTICATED for nobody, FORBIDDEN for somebody without the scope. */
export function authorize(identity: Identity, requirement: Requirement, coordinate: string): void {
  if (identity.kind === 'system') return;
  if (identity.kind === 'anonymous') {
    throw new DomainError('UNAUTHENTICATED', `${coordinate} needs a signed-in caller: send "Authorization: Bearer <access token>".`);
  }
  if (requirement.anyOf.length === 0 || requirement.anyOf.some((group) => group.every((scope) => identity.scopes.includes(scope)))) return;
  const wanted = requirement.anyOf.map((group) => group.join(' and ')).join(', or ');
  throw new DomainError('FORBIDDEN', `${coordinate} needs the scope ${wanted}.`, { requiredScopes: requirement.anyOf });
}

/**
 * Wraps every field that asks for something, and closes root fields that are `@inaccessible` to all but services: no
 * path to a field, `_entities` included, goes around it.
 */
export function enforceAuthorization(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith('__')) protectType(type);
  }
}

function protectType(type: GraphQLObjectType): void {
  const isRoot = type.name === 'Query' || type.name === 'Mutation';
  const ofType = requirementOf(directivesOf(type));
  for (const field of Object.values(type.getFields())) {
    const directives = field.astNode?.directives;
    const coordinate = `${type.name}.${field.name}`;
    const requirement = requirementOf(directives) ?? ofType;
    if (requirement) field.resolve = guarded(field.resolve, ({ identity }) => authorize(identity, requirement, coordinate));
    if (isRoot && directives?.some((directive) => directive.name.value === 'inaccessible')) {
      field.resolve = guarded(field.resolve, ({ caller }) => {
        if (caller === 'gateway') throw new DomainError('FORBIDDEN', `${coordinate} answers other subgraphs only.`);
      });
    }
  }
}

const directivesOf = (type: GraphQLObjectType): ConstDirectiveNode[] =>
  [type.astNode, ...type.extensionASTNodes].flatMap((node) => [...(node?.directives ?? [])]);

function guarded(resolve: GraphQLFieldResolver<unknown, Protected> | undefined, check: (context: Protected) => void): GraphQLFieldResolver<unknown, Protected> {
  const inner = resolve ?? defaultFieldResolver;
  return (source, args, context, info) => {
    check(context);
    return inner(source, args, context, info);
  };
}
