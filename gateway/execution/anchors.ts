import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLSchema,
  isCompositeType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { TypeConditions } from './type-conditions.ts';

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/**
 * The operation as the planner is to see it. Of a field under @skip or @include the planner takes the conditions of what
 * is inside for the field's own, so that an object of which nothing is left to ask is not fetched, and seems not to be
 * there. Asking for its type keeps it.
 */
export function anchored(document: DocumentNode, schema: GraphQLSchema, conditions: TypeConditions): DocumentNode {
  const fragments = new Map(document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]));
  const types = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      Field: (field) => {
        const type = getNamedType(types.getType());
        if (!field.directives?.length || !field.selectionSet || !isCompositeType(type) || asksSurely(field.selectionSet, type.name, fragments, conditions))
          return undefined;
        const selections: readonly SelectionNode[] = [...field.selectionSet.selections, TYPENAME];
        return { ...field, selectionSet: { ...field.selectionSet, selections } };
      },
    }),
  );
}

function asksSurely(
  { selections }: SelectionSetNode,
  typename: string,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  conditions: TypeConditions,
): boolean {
  return selections.some((selection) => {
    if (selection.directives?.length) return false;
    if (selection.kind === Kind.FIELD) return true;
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    return (
      fragment !== undefined &&
      (condition === undefined || conditions(condition).has(typename)) &&
      asksSurely(fragment.selectionSet, typename, fragments, conditions)
    );
  });
}
