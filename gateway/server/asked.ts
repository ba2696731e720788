import { type DocumentNode, type FieldNode, Kind } from 'graphql';

/** What an answer must hold, whatever else is in it. */
export interface Asked {
  /** The response keys at its root; none where nothing is known of the document. */
  readonly keys: readonly string[];
  /** How many entities were asked for under which of them. */
  readonly entities: ReadonlyMap<string, number>;
}

/** What a document asks for at its root: the keys, and the variables that say for which entities. */
interface Roots {
  readonly keys: readonly string[];
  readonly representations: readonly (readonly [key: string, variable: string])[];
}

const NOTHING_KNOWN: Roots = { keys: [], representations: [] };

const known = new WeakMap<DocumentNode, Roots>();

export function askedFor(document: DocumentNode | undefined, variables: Readonly<Record<string, unknown>>): Asked {
  const { keys, representations } = document ? (known.get(document) ?? rootsOf(document)) : NOTHING_KNOWN;
  const entities = new Map<string, number>();
  for (const [key, variable] of representations) {
    const given = variables[variable];
    if (Array.isArray(given)) entities.set(key, given.length);
  }
  return { keys, entities };
}

function rootsOf(document: DocumentNode): Roots {
  const fields = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD).filter(({ directives }) => !directives?.length)
      : [],
  );
  const roots: Roots = { keys: fields.map(keyOf), representations: fields.flatMap(representationsOf) };
  known.set(document, roots);
  return roots;
}

const keyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

function representationsOf(field: FieldNode): (readonly [string, string])[] {
  const value = field.name.value === '_entities' ? field.arguments?.[0]?.value : undefined;
  return value?.kind === Kind.VARIABLE ? [[keyOf(field), value.name.value]] : [];
}
