import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLNonNull,
  GraphQLString,
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '#platform/selections.ts';
import { createKept } from '../kept.ts';
import { countFieldsOf } from '../measure.ts';
import type { Demand, Protection } from './protection.ts';
import { type Denial, denialOf, isMet, type Rights } from './rights.ts';

/** Response keys, as far as something at or below them is denied to the caller. */
export interface Guarded {
  readonly fields: Map<string, { readonly type: GraphQLOutputType; readonly below: Guarded }>;
  /** By the key under which a type name is asked for in the field's stead. */
  readonly denied: Map<string, DeniedField>;
}

interface DeniedField {
  readonly key: string;
  readonly type: GraphQLOutputType;
  readonly denial: Denial;
}

/** An operation without what its caller may not see: in its stead stand type names, which tell where it would have been. */
export interface GuardedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Stands for what is denied of it. */
  readonly key: string;
  readonly guarded: Guarded;
  readonly denials: readonly Denial[];
}

export interface Guard {
  /** Null where the caller may see all that is asked for. `hash` stands for the document. */
  check(document: DocumentNode, operation: OperationDefinitionNode, hash: string, rights: Rights): GuardedOperation | null;
}

/** So many fields of operations are kept as their callers may see them. */
const KEPT_FIELDS = 100_000;
const TYPENAME = new GraphQLNonNull(GraphQLString);

/** Holds operations against what a supergraph demands. */
export function createGuard(protection: Protection, schema: GraphQLSchema): Guard {
  const demands = [...protection.values()].flat();
  const kept = createKept<{ readonly guarded: GuardedOperation | null }>(KEPT_FIELDS);
  const known = new WeakMap<Rights, string>();
  /** What callers of equal rights have in common. */
  const positionOf = (rights: Rights): string => {
    const position = known.get(rights) ?? demands.map((demand) => (isMet(demand, rights) ? '1' : '0')).join('');
    known.set(rights, position);
    return position;
  };
  return {
    check: (document, operation, hash, rights) => {
      if (demands.length === 0) return null;
      const position = positionOf(rights);
      const key = `${hash}|${operation.name?.value ?? ''}|${position}`;
      const before = kept.get(key);
      if (before) return before.guarded;
      const guarded = guardedOperation({ schema, protection, rights }, document, operation, position);
      kept.set(key, { guarded }, countFieldsOf(document, operation));
      return guarded;
    },
  };
}

interface Ground {
  readonly schema: GraphQLSchema;
  readonly protection: Protection;
  readonly rights: Rights;
}

interface Walk extends Ground {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Begins no name of the document. */
  readonly prefix: string;
  readonly denials: Denial[];
}

/** What is selected, of objects of which types it may be. */
interface Place {
  readonly parent: GraphQLCompositeType;
  readonly types: readonly GraphQLObjectType[];
  readonly guarded: Guarded;
}

function guardedOperation(ground: Ground, document: DocumentNode, operation: OperationDefinitionNode, key: string): GuardedOperation | null {
  const root = ground.schema.getRootType(operation.operation);
  if (!root) return null;
  const fragments = fragmentsOf(document);
  const walk: Walk = { ...ground, fragments, prefix: unusedPrefix(document), denials: [] };
  const guarded: Guarded = { fields: new Map(), denied: new Map() };
  const selectionSet = permitted(walk, operation.selectionSet, { parent: root, types: [root], guarded });
  if (walk.denials.length === 0) return null;
  const rest: OperationDefinitionNode = { ...operation, selectionSet };
  return { document: { kind: Kind.DOCUMENT, definitions: [rest] }, operation: rest, key, guarded, denials: walk.denials };
}

function unusedPrefix(document: DocumentNode): string {
  const text = JSON.stringify(document, (key, value: unknown) => (key === 'loc' ? undefined : value));
  let prefix = 'denied';
  while (text.includes(prefix)) prefix += '_';
  return prefix;
}

function permitted(walk: Walk, { selections, ...rest }: SelectionSetNode, place: Place): SelectionSetNode {
  return {
    ...rest,
    selections: selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return permittedField(walk, selection, place);
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.fragments.get(selection.name.value);
      if (!fragment) return [selection];
      const parent = fragment.typeCondition ? compositeType(walk.schema, fragment.typeCondition.name.value) : place.parent;
      const possible = new Set(typesOf(walk.schema, parent));
      const types = place.types.filter((type) => possible.has(type));
      const selectionSet = permitted(walk, fragment.selectionSet, { parent, types, guarded: place.guarded });
      const { typeCondition } = fragment;
      return [
        {
          kind: Kind.INLINE_FRAGMENT,
          selectionSet,
          ...(typeCondition && { typeCondition }),
          ...(selection.directives && { directives: selection.directives }),
        },
      ];
    }),
  };
}

function permittedField(walk: Walk, field: FieldNode, place: Place): readonly SelectionNode[] {
  const name = field.name.value;
  const key = field.alias?.value ?? name;
  const type = name === '__typename' ? TYPENAME : isUnionType(place.parent) ? undefined : place.parent.getFields()[name]?.type;
  const denials = place.types.map((one) => [one, denialFor(walk, one, name, place.parent)] as const);
  const whole = (): FieldNode => ({ ...field, ...permittedBelow(walk, field, key, type, place) });
  const instead = (denial: Denial): FieldNode => typenameInstead(walk, field, key, type, denial, place);
  if (new Set(denials.map(([, denial]) => denial?.sentence)).size <= 1) {
    const denial = denials[0]?.[1];
    return [denial ? instead(denial) : whole()];
  }
  const allowed = denials.some(([, denial]) => denial === null) ? whole() : field;
  return denials.map(([{ name: typename }, denial]) => ({
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: typename } },
    selectionSet: { kind: Kind.SELECTION_SET, selections: [denial ? instead(denial) : allowed] },
  }));
}

function permittedBelow(walk: Walk, field: FieldNode, key: string, type: GraphQLOutputType | undefined, place: Place): { selectionSet?: SelectionSetNode } {
  const parent = type && getNamedType(type);
  if (!field.selectionSet || !type || !isCompositeType(parent)) return {};
  const { below } = place.guarded.fields.get(key) ?? { below: { fields: new Map(), denied: new Map() } };
  place.guarded.fields.set(key, { type, below });
  return { selectionSet: permitted(walk, field.selectionSet, { parent, types: typesOf(walk.schema, parent), guarded: below }) };
}

function typenameInstead(walk: Walk, field: FieldNode, key: string, type: GraphQLOutputType | undefined, denial: Denial, { guarded }: Place): FieldNode {
  const instead = `${walk.prefix}${walk.denials.length}`;
  walk.denials.push(denial);
  if (type) guarded.denied.set(instead, { key, type, denial });
  const { arguments: _arguments, selectionSet: _selectionSet, ...rest } = field;
  return { ...rest, alias: { kind: Kind.NAME, value: instead }, name: { kind: Kind.NAME, value: '__typename' } };
}

/**
 * Why objects of this type do not show this field to the caller: for the sake of the type, of the field, of what it leads
 * to, of the interface through which it is asked, or of one that speaks for all of its implementations.
 */
function denialFor({ protection, rights, schema }: Ground, type: GraphQLObjectType, field: string, parent: GraphQLCompositeType): Denial | null {
  const speaking = type
    .getInterfaces()
    .flatMap((one) => [one.name, `${one.name}.${field}`].filter((coordinate) => speaksForAll(protection, schema, one, coordinate)));
  const results = [type, parent].flatMap((holder) => (isUnionType(holder) ? [] : (holder.getFields()[field]?.type ?? [])));
  const asked = [type.name, `${type.name}.${field}`, parent.name, `${parent.name}.${field}`, ...results.map((result) => getNamedType(result).name)];
  for (const coordinate of [...asked, ...speaking]) {
    const unmet = protection.get(coordinate)?.find((demand: Demand) => !isMet(demand, rights));
    if (unmet) return denialOf(coordinate, unmet, rights);
  }
  return null;
}

/** Composition sums up on an interface what its implementations demand; where none demands anything, it was the interface that was meant. */
function speaksForAll(protection: Protection, schema: GraphQLSchema, one: GraphQLInterfaceType, coordinate: string): boolean {
  const suffix = coordinate.slice(one.name.length);
  return protection.has(coordinate) && !schema.getPossibleTypes(one).some(({ name }) => protection.has(`${name}${suffix}`));
}

const typesOf = (schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] =>
  isObjectType(type) ? [type] : schema.getPossibleTypes(type);

function compositeType(schema: GraphQLSchema, name: string): GraphQLCompositeType {
  const type = schema.getType(name);
  if (isCompositeType(type)) return type;
  throw new Error(`there is no type ${name} with fields`);
}
