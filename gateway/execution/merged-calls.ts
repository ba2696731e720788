import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLFormattedError,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  print,
  stripIgnoredCharacters,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { isData } from './data.ts';
import type { Answered, SubgraphCall } from './run.ts';

/** A call without the values that a request gives it. */
export type Call = Omit<SubgraphCall, 'variables'>;

/** One call that asks a subgraph for the entities of several. */
export interface MergedCall {
  readonly call: Call;
  /** For each of them, in their order. */
  readonly parts: readonly Part[];
}

export interface Part {
  /** The response key of its entities. */
  readonly key: string;
  /** The variable of its representations. */
  readonly variable: string;
}

interface EntitiesQuery {
  readonly operation: OperationDefinitionNode;
  readonly field: FieldNode;
  readonly fragments: readonly FragmentDefinitionNode[];
}

const REPRESENTATIONS = 'representations';

/** A document that asks for entities and for nothing else; null for any other. */
export function entitiesQuery(document: DocumentNode | undefined): EntitiesQuery | null {
  const definitions = document?.definitions ?? [];
  const [operation, ...others] = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [field, ...fields] = operation?.selectionSet.selections ?? [];
  if (!operation || others.length > 0 || field?.kind !== Kind.FIELD || field.name.value !== '_entities' || fields.length > 0) return null;
  return { operation, field, fragments: definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION) };
}

/** The calls' fields in one operation, each under an alias of its own. */
export function mergedCall(calls: readonly Call[]): MergedCall {
  const taken = new Set(calls.flatMap(({ document }) => entitiesQuery(document)?.operation.variableDefinitions?.map(variableName) ?? []));
  const parts = calls.map((_call, index): Part => ({ key: `_${index}`, variable: unused(`${REPRESENTATIONS}_${index}`, taken) }));
  const queries = parts.flatMap((part, index) => entitiesQuery(withNamesOf(part, calls[index]?.document)) ?? []);
  const [first] = queries;
  if (!first) throw new Error('there are no entities to ask for');
  const variables = queries.flatMap(({ operation }) => operation.variableDefinitions ?? []);
  const operation: OperationDefinitionNode = {
    ...first.operation,
    variableDefinitions: [...new Map(variables.map((definition) => [variableName(definition), definition])).values()],
    selectionSet: { ...first.operation.selectionSet, selections: queries.map(({ field }) => field) },
  };
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...queries.flatMap(({ fragments }) => fragments)] };
  return { call: { ...calls[0], query: stripIgnoredCharacters(print(document)), document }, parts };
}

/** The document with the alias, and with a variable and fragments that are called as in none of the others. */
function withNamesOf({ key, variable }: Part, document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] }): DocumentNode {
  const inPart = ({ value }: NameNode) => nameNode(`${key}_${value}`);
  return visit(document, {
    Field: (field) => (field.name.value === '_entities' ? { ...field, alias: nameNode(key) } : undefined),
    Variable: (node) => (node.name.value === REPRESENTATIONS ? { ...node, name: nameNode(variable) } : undefined),
    FragmentSpread: (spread) => ({ ...spread, name: inPart(spread.name) }),
    FragmentDefinition: (fragment) => ({ ...fragment, name: inPart(fragment.name) }),
  });
}

const nameNode = (value: string): NameNode => ({ kind: Kind.NAME, value });

const variableName = ({ variable }: VariableDefinitionNode): string => variable.name.value;

function unused(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? unused(`${name}_`, taken) : name;
}

/** What one of the calls would have been answered by itself; null where only that call can tell. */
export function answerOf({ key }: Part, { parts }: MergedCall, { data, errors = [], isShared = false }: Answered): Answered | null {
  const own = errors.flatMap((error) => ownError(error, key, parts));
  if (isData(data)) return { data: { _entities: data[key] }, ...(own.length > 0 && { errors: own }), isShared };
  // A list of entities may not be null: what fails in one part takes the others with it.
  return own.some(({ path }) => path?.[0] === '_entities') ? { data: null, errors: own } : null;
}

/** An error that names no part is everybody's. */
function ownError(error: GraphQLFormattedError, key: string, parts: readonly Part[]): GraphQLFormattedError[] {
  const [root, ...rest] = error.path ?? [];
  if (root === key) return [{ ...error, path: ['_entities', ...rest] }];
  return parts.some((part) => part.key === root) ? [] : [error];
}
