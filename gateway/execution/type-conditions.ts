import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

/** The names an object may bear in `__typename` for `... on condition` to hold of it. */
export type TypeConditions = (condition: string) => ReadonlySet<string>;

export function typeConditions(schema: GraphQLSchema): TypeConditions {
  const known = new Map<string, ReadonlySet<string>>();
  return (condition) => {
    const kept = known.get(condition);
    if (kept) return kept;
    const names = namesThatSatisfy(schema, condition);
    known.set(condition, names);
    return names;
  };
}

function namesThatSatisfy(schema: GraphQLSchema, condition: string): ReadonlySet<string> {
  const type = schema.getType(condition);
  if (!isAbstractType(type)) return new Set([condition]);
  // A subgraph with an interface object answers the interface's own name, hence interfaces as well as objects.
  const below = Object.values(schema.getTypeMap()).filter((other) => (isObjectType(other) || isInterfaceType(other)) && schema.isSubType(type, other));
  return new Set([condition, ...below.map(({ name }) => name)]);
}
