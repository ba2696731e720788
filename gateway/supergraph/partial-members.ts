import { type DocumentNode, Kind } from 'graphql';
import { argumentText, directivesNamed, isFielded, namedType } from './join.ts';

/** What is known of unions and interfaces of which not every subgraph has the same members. */
export interface PartialMembers {
  /** The members that this subgraph has of a type and some other has not. */
  of(subgraph: string, abstract: string): readonly string[];
  /** Whether a subgraph answers a field of an object by itself. */
  answers(subgraph: string, type: string, field: string): boolean;
  /** The type of a field; null where nothing is known of it. */
  typeOf(parent: string, field: string): string | null;
}

/** Null where all subgraphs know the same members of what they share. `graphs`: of the values of `join__Graph`, the subgraphs' names. */
export function partialMembers({ definitions }: DocumentNode, graphs: ReadonlyMap<string, string>): PartialMembers | null {
  const nameOf = (graph: string | null) => graphs.get(graph ?? '') ?? '';
  const members = new Map<string, Map<string, Set<string>>>();
  const membersOf = (abstract: string, graph: string | null): Set<string> => {
    const bySubgraph = members.get(abstract) ?? new Map<string, Set<string>>();
    members.set(abstract, bySubgraph);
    const known = bySubgraph.get(nameOf(graph)) ?? new Set<string>();
    bySubgraph.set(nameOf(graph), known);
    return known;
  };
  for (const node of definitions) {
    if (node.kind === Kind.INTERFACE_TYPE_DEFINITION || node.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const join of directivesNamed(node, 'join__type')) {
        if (argumentText(join, 'isInterfaceObject') !== 'true') membersOf(node.name.value, argumentText(join, 'graph'));
      }
      for (const join of directivesNamed(node, 'join__unionMember'))
        membersOf(node.name.value, argumentText(join, 'graph')).add(argumentText(join, 'member') ?? '');
    }
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const join of directivesNamed(node, 'join__implements')) {
      membersOf(argumentText(join, 'interface') ?? '', argumentText(join, 'graph')).add(node.name.value);
    }
  }
  const partial = new Map<string, readonly string[]>();
  for (const [abstract, bySubgraph] of members) {
    for (const [subgraph, own] of bySubgraph) {
      const others = [...own].filter((member) => [...bySubgraph.values()].some((known) => !known.has(member)));
      if (others.length > 0) partial.set(`${subgraph} ${abstract}`, others);
    }
  }
  if (partial.size === 0) return null;
  const answered = answeredFields(definitions, nameOf);
  const types = new Map(
    definitions
      .filter(isFielded)
      .flatMap((node) => (node.fields ?? []).map((field) => [`${node.name.value}.${field.name.value}`, namedType(field.type)] as const)),
  );
  return {
    typeOf: (parent, field) => types.get(`${parent}.${field}`) ?? null,
    of: (subgraph, abstract) => partial.get(`${subgraph} ${abstract}`) ?? [],
    answers: (subgraph, type, field) => answered.has(`${subgraph} ${type}.${field}`),
  };
}

function answeredFields(definitions: DocumentNode['definitions'], nameOf: (graph: string | null) => string): Set<string> {
  const answered = new Set<string>();
  const isOwn = (join: Parameters<typeof argumentText>[0]) =>
    ['external', 'usedOverridden'].every((name) => argumentText(join, name) !== 'true') &&
    ['requires', 'overrideLabel', 'contextArguments'].every((name) => !join.arguments?.some((argument) => argument.name.value === name));
  for (const node of definitions.filter(isFielded)) {
    const types = directivesNamed(node, 'join__type');
    for (const field of node.fields ?? []) {
      const joins = directivesNamed(field, 'join__field');
      for (const join of joins.length > 0 ? joins.filter(isOwn) : types)
        answered.add(`${nameOf(argumentText(join, 'graph'))} ${node.name.value}.${field.name.value}`);
    }
  }
  return answered;
}
