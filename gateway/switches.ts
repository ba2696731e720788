import { type DocumentNode, Kind, type OperationDefinitionNode, visit } from 'graphql';

/** The variables of an operation by which @skip and @include decide. */
export function switchesOf(document: DocumentNode, operation: OperationDefinitionNode): string[] {
  const used = new Set<string>();
  visit(document, {
    Directive: ({ name, arguments: given }) => {
      const value = given?.[0]?.value;
      if ((name.value === 'skip' || name.value === 'include') && value?.kind === Kind.VARIABLE) used.add(value.name.value);
    },
  });
  // A fragment of the document may belong to another of its operations.
  return (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value).filter((name) => used.has(name));
}
