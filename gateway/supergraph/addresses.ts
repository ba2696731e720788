import { type DirectiveNode, type DocumentNode, Kind } from 'graphql';

/** The subgraphs that a supergraph is composed of, by name, with the addresses it states for them; empty where it states none. */
export function subgraphAddresses({ definitions }: DocumentNode): Map<string, string> {
  const graphs = definitions.find((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === 'join__Graph');
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return new Map(
    values.flatMap(({ directives = [] }) =>
      directives.filter(({ name }) => name.value === 'join__graph').map((directive) => [textOf(directive, 'name'), textOf(directive, 'url')] as const),
    ),
  );
}

function textOf(directive: DirectiveNode, argument: string): string {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : '';
}
