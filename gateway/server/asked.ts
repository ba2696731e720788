import { type DocumentNode, Kind } from 'graphql';

/** What an answer must hold, whatever else is in it. */
export interface Asked {
  /** The response keys at its root; none where nothing is known of the document. */
  readonly keys: readonly string[];
  /** How many entities were asked for, where any were. */
  readonly entities: number | null;
}

const known = new WeakMap<DocumentNode, readonly string[]>();

export function askedFor(document: DocumentNode | undefined, variables: Readonly<Record<string, unknown>>): Asked {
  const keys = document ? (known.get(document) ?? rootKeys(document)) : [];
  if (document) known.set(document, keys);
  const { representations } = variables;
  return { keys, entities: keys.includes('_entities') && Array.isArray(representations) ? representations.length : null };
}

const rootKeys = ({ definitions }: DocumentNode): string[] =>
  definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.flatMap((selection) =>
          selection.kind === Kind.FIELD && !selection.directives?.length ? [(selection.alias ?? selection.name).value] : [],
        )
      : [],
  );
