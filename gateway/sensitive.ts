import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { fragmentsOf } from '#platform/selections.ts';
import { exceeded, type Limits } from './limits.ts';

/** Whether a text names any of the fields at all: most do not, and need no closer look. */
export function mayBeSensitive(query: string, coordinates: ReadonlySet<string>): boolean {
  for (const coordinate of coordinates) if (query.includes(coordinate.slice(coordinate.indexOf('.') + 1))) return true;
  return false;
}

/**
 * Refuses an operation that tries secrets many times over: whoever counts requests would see one. `coordinates` are
 * fields, as `Mutation.userLogin`; every place where one stands counts, under whatever alias.
 */
export function sensitiveTooOften(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  coordinates: ReadonlySet<string>,
  limits: Limits,
): GraphQLError | null {
  const fragments = fragmentsOf(document);
  const counts = new Map<string, number>();
  const countIn = (node: OperationDefinitionNode | FragmentDefinitionNode): number => {
    const types = new TypeInfo(schema);
    let count = 0;
    visit(
      node,
      visitWithTypeInfo(types, {
        Field: ({ name }) => {
          if (coordinates.has(`${types.getParentType()?.name}.${name.value}`)) count += 1;
        },
        FragmentSpread: ({ name }) => {
          const fragment = fragments.get(name.value);
          if (fragment && !counts.has(name.value)) counts.set(name.value, countIn(fragment));
          count += counts.get(name.value) ?? 0;
        },
      }),
    );
    return count;
  };
  const asked = countIn(operation);
  return asked > limits.sensitiveFields ? exceeded(limits, 'sensitiveFields', asked, { nodes: operation }) : null;
}
