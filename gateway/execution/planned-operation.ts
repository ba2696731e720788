import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { fragmentsOf } from '#platform/selections.ts';
import type { Data } from './data.ts';
import { isTrue } from './run.ts';

/** An operation as the planner is to see it, and how its names go back to the client's. */
export interface PlannedOperation {
  /** Null where @skip and @include leave nothing to ask. */
  readonly document: DocumentNode | null;
  /** The response key that a field is planned under, where it is another than the client's; by the field's signature. */
  readonly plannedKeys: ReadonlyMap<string, string>;
  /** Back from there. */
  readonly clientKeys: ReadonlyMap<string, string>;
  /** The client's name of a variable that is planned under another. */
  readonly clientVariables: ReadonlyMap<string, string>;
}

/** The variables that a fetch takes for itself: its entities, and what @fromContext brings from further up. */
const RESERVED_VARIABLE = /^(representations|contextualArgument_.*)$/;

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const responseKeyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

/** Equal for fields that are one and the same where they stand in one object. */
export const signatureOf = (field: FieldNode): string =>
  `${responseKeyOf(field)}:${field.name.value}(${(field.arguments ?? [])
    .map((argument) => print(argument))
    .sort()
    .join()})`;

/**
 * - @skip and @include are decided beforehand: the planner lets the conditions of one field decide over what another
 *   needs, and over whether an object is there.
 * - An alias is replaced where it takes the name of something that the planner fetches for itself: a key, or what a
 *   @requires asks for. Under one response key one of the two would be lost.
 * - Of fields that share a response key, because no object can have both, each has its own: where a subgraph knows only
 *   the interface of the objects, the planner asks it for all of them, whatever the object.
 */
export function plannedOperation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Readonly<Data>,
  reservedKeys: ReadonlySet<string>,
): PlannedOperation {
  const fragments = fragmentsOf(document);
  const decided = decidedSelections(operation.selectionSet, coerced);
  const plannedKeys = new Map<string, string>();
  const clientKeys = new Map<string, string>();
  const clientVariables = new Map<string, string>();
  if (decided.selections.length === 0) return { document: null, plannedKeys, clientKeys, clientVariables };
  const used = decidedFragments(decided, fragments, coerced);
  const contested = contestedFields(decided, new Map(used.map((fragment) => [fragment.name.value, fragment])));
  const names = namesIn(document);
  const renamed = (known: Map<string, string>, key: string, name: string): string => {
    const given = known.get(key) ?? unusedName(names, name);
    known.set(key, given);
    return given;
  };
  const plannedVariables = new Map<string, string>();
  const whole: DocumentNode = { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet: decided }, ...used] };
  const planned: DocumentNode = visit(whole, {
    Field: (field) => {
      const [key, signature] = [responseKeyOf(field), signatureOf(field)];
      const isInTheWay = key !== field.name.value && reservedKeys.has(key);
      if (!isInTheWay && !contested.has(signature)) return undefined;
      const value = renamed(plannedKeys, signature, key);
      clientKeys.set(value, key);
      return { ...field, alias: { kind: Kind.NAME, value } };
    },
    Variable: (variable) => {
      if (!RESERVED_VARIABLE.test(variable.name.value)) return undefined;
      return { ...variable, name: { ...variable.name, value: renamed(plannedVariables, variable.name.value, variable.name.value) } };
    },
  });
  for (const [client, name] of plannedVariables) clientVariables.set(name, client);
  return { document: planned, plannedKeys, clientKeys, clientVariables };
}

/** The signatures of fields that stand beside another under one response key; the other keeps it. */
function contestedFields(selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): Set<string> {
  const contested = new Set<string>();
  const walk = (selectionSets: readonly SelectionSetNode[]): void => {
    const fields = Map.groupBy(
      selectionSets.flatMap((set) => fieldsIn(set, fragments)),
      responseKeyOf,
    );
    for (const [key, same] of fields) {
      const keeping = same.find(({ name }) => name.value === key) ?? same[0];
      for (const field of same) if (same.length > 1 && keeping && signatureOf(field) !== signatureOf(keeping)) contested.add(signatureOf(field));
      const below = same.flatMap((field) => field.selectionSet ?? []);
      if (below.length > 0) walk(below);
    }
  };
  walk([selectionSet]);
  return contested;
}

function fieldsIn({ selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    return fragment ? fieldsIn(fragment.selectionSet, fragments) : [];
  });
}

/** Without what is skipped. A selection set of which nothing is left asks for the type, so that its object is there. */
function decidedSelections({ kind, selections }: SelectionSetNode, coerced: Readonly<Data>): SelectionSetNode {
  const left = selections.flatMap((selection): SelectionNode[] => {
    if (!isIncluded(selection.directives, coerced)) return [];
    const directives = selection.directives?.filter((one) => !isSwitch(one)) ?? [];
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return [{ ...selection, directives }];
    return [{ ...selection, directives, selectionSet: neverEmpty(decidedSelections(selection.selectionSet, coerced)) }];
  });
  return { kind, selections: left };
}

const neverEmpty = (selectionSet: SelectionSetNode): SelectionSetNode =>
  selectionSet.selections.length > 0 ? selectionSet : { ...selectionSet, selections: [TYPENAME] };

/** Those that are still spread, each decided. */
function decidedFragments(
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  coerced: Readonly<Data>,
): FragmentDefinitionNode[] {
  const used = new Map<string, FragmentDefinitionNode>();
  const spread = (within: SelectionSetNode): void => {
    visit(within, {
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value);
        if (!fragment || used.has(name.value)) return;
        const decided = { ...fragment, selectionSet: neverEmpty(decidedSelections(fragment.selectionSet, coerced)) };
        used.set(name.value, decided);
        spread(decided.selectionSet);
      },
    });
  };
  spread(selectionSet);
  return [...used.values()];
}

const isSwitch = ({ name }: DirectiveNode): boolean => name.value === 'skip' || name.value === 'include';

export function isIncluded(directives: readonly DirectiveNode[] | undefined, coerced: Readonly<Data>): boolean {
  return (directives ?? []).every((directive) => {
    if (!isSwitch(directive)) return true;
    const value = directive.arguments?.[0]?.value;
    const isOn = value?.kind === Kind.VARIABLE ? isTrue(coerced, value.name.value) : value?.kind === Kind.BOOLEAN && value.value;
    return isOn === (directive.name.value === 'include');
  });
}

function namesIn(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, { Name: ({ value }) => void names.add(value) });
  return names;
}

function unusedName(names: Set<string>, name: string): string {
  let planned = `${name.replace(/^_+/, '')}_asked`;
  while (names.has(planned)) planned += '_';
  names.add(planned);
  return planned;
}
