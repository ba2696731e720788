import { type ArgumentNode, type ConstDirectiveNode, type DocumentNode, Kind, parse, print, type SelectionSetNode } from 'graphql';
import { argumentText, directivesNamed, fieldSetOf, isFielded, isGraphEnum } from './join.ts';
import { type PartialMembers, partialMembers } from './partial-members.ts';
import { type Original, withStandIns } from './required-values.ts';
import { resolvableKeysFirst } from './resolvable-keys.ts';
import { withTwins } from './twins.ts';

export type { Original } from './required-values.ts';

/** A supergraph as Apollo's planner plans it rightly, and how its plans are to be read. */
export interface Plannable {
  readonly sdl: string;
  /** Whether the planner sees fields or subgraphs that are not the supergraph's own. */
  readonly isExtended: boolean;
  readonly standIns: ReadonlyMap<string, Original>;
  readonly twins: ReadonlyMap<string, string>;
  /** Response keys that the planner uses for what it needs itself: no client's alias may take one. */
  readonly reservedKeys: ReadonlySet<string>;
  /** What a subgraph must be told of an object for a field: by `subgraph Type.field`. */
  readonly requirements: ReadonlyMap<string, SelectionSetNode>;
  /** The names of each of a type's keys: by `subgraph Type`. */
  readonly keys: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Null where all subgraphs know the same members of unions and interfaces. */
  readonly members: PartialMembers | null;
  /** The labels of progressive overrides. */
  readonly overrideLabels: readonly string[];
}

export function plannable(supergraphSdl: string): Plannable {
  const { supergraph: required, standIns } = withStandIns(resolvableKeysFirst(parse(supergraphSdl, { noLocation: true })));
  const { supergraph, twins } = withTwins(required, standIns);
  return {
    sdl: print(supergraph),
    isExtended: standIns.size + twins.size > 0,
    standIns,
    twins,
    reservedKeys: reservedKeysOf(supergraph),
    ...demandsOf(supergraph),
    members: partialMembers(supergraph, graphNames(supergraph)),
    overrideLabels: [...new Set(joinFields(supergraph).flatMap((one) => argumentText(one, 'overrideLabel') ?? []))],
  };
}

const joinFields = ({ definitions }: DocumentNode) =>
  definitions.filter(isFielded).flatMap(({ fields = [] }) => fields.flatMap((field) => directivesNamed(field, 'join__field')));

function demandsOf(supergraph: DocumentNode): Pick<Plannable, 'requirements' | 'keys'> {
  const requirements = new Map<string, SelectionSetNode>();
  const keys = new Map<string, string[][]>();
  const graphs = graphNames(supergraph);
  const nameOf = (join: ConstDirectiveNode) => graphs.get(argumentText(join, 'graph') ?? '') ?? '';
  for (const node of supergraph.definitions.filter(isFielded)) {
    for (const join of directivesNamed(node, 'join__type')) {
      const [text, of] = [argumentText(join, 'key'), `${nameOf(join)} ${node.name.value}`];
      if (text === null) continue;
      const names = fieldSetOf(text).selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []));
      keys.set(of, [...(keys.get(of) ?? []), names]);
    }
    for (const field of node.fields ?? []) {
      for (const join of directivesNamed(field, 'join__field')) {
        const text = argumentText(join, 'requires');
        if (text !== null) requirements.set(`${nameOf(join)} ${node.name.value}.${field.name.value}`, fieldSetOf(text));
      }
    }
  }
  return { requirements, keys };
}

/** Of the values of `join__Graph`, the subgraphs' names. */
function graphNames({ definitions }: DocumentNode): Map<string, string> {
  const values = definitions.filter(isGraphEnum).flatMap(({ values: all = [] }) => all);
  return new Map(values.map((value) => [value.name.value, directivesNamed(value, 'join__graph').map((join) => argumentText(join, 'name') ?? '')[0] ?? '']));
}

function reservedKeysOf(supergraph: DocumentNode): Set<string> {
  const keys = new Set(['__typename']);
  const add = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) keys.add(selection.name.value);
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) add(selection.selectionSet);
    }
  };
  const joins = [...supergraph.definitions.filter(isFielded).flatMap((node) => directivesNamed(node, 'join__type')), ...joinFields(supergraph)];
  for (const join of joins) {
    for (const name of ['key', 'requires']) {
      const text = argumentText(join, name);
      if (text !== null) add(fieldSetOf(text));
    }
    for (const text of contextSelections(join.arguments ?? [])) add(fieldSetOf(text));
  }
  return keys;
}

/** What `@fromContext` asks for on the way. */
function contextSelections(given: readonly ArgumentNode[]): string[] {
  const list = given.find(({ name }) => name.value === 'contextArguments')?.value;
  return (list?.kind === Kind.LIST ? list.values : []).flatMap((one) =>
    one.kind === Kind.OBJECT ? one.fields.flatMap(({ name, value }) => (name.value === 'selection' && value.kind === Kind.STRING ? [value.value] : [])) : [],
  );
}
