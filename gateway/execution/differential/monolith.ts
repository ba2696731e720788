import {
  execute,
  getArgumentValues,
  type FormattedExecutionResult,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  parse,
} from 'graphql';
import { apiSchemaOf } from './both-executors.ts';
import { type Chances, directiveArgument, inventedSchema, isThing, type Thing } from './invented-subgraph.ts';
import type { RandomOperation } from './random-operations.ts';
import { type Asking, fieldSet, requiredOf } from './required.ts';
import type { SubgraphSdls } from './subgraph.ts';

export type Monolith = (operation: RandomOperation) => Promise<FormattedExecutionResult>;

/** A field where a subgraph answers it by itself; `as` is the type under which that subgraph knows the object. */
interface Home {
  readonly schema: GraphQLSchema;
  readonly as: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
}

/** One schema over the same invented data, without a plan: what any operation ought to be answered with. */
export function monolith(sdls: SubgraphSdls, chances: Chances): Monolith {
  const schemas = Object.entries(sdls).map(([name, sdl]) => ({ name, schema: inventedSchema(sdl, chances) }));
  const schema = apiSchemaOf(sdls);

  const homes = new Map<string, Home | null>();
  const homeOf = (typename: string, name: string): Home | null => {
    const key = `${typename}.${name}`;
    const known = homes.get(key) ?? findHome(typename, name);
    homes.set(key, known);
    return known;
  };

  function findHome(typename: string, name: string): Home | null {
    const type = schema.getType(typename);
    const interfaces = isObjectType(type) ? type.getInterfaces().map((one) => one.name) : [];
    const found = schemas.flatMap((subgraph) =>
      [typename, ...interfaces].flatMap((known) => {
        const as = subgraph.schema.getType(known);
        const field = isObjectType(as) ? as.getFields()[name] : undefined;
        return isObjectType(as) && field && !field.astNode?.directives?.some(({ name: directive }) => directive.value === 'external')
          ? [{ ...subgraph, as, field }]
          : [];
      }),
    );
    const overridden = new Set(found.map(({ field }) => directiveArgument(field, 'override', 'from')));
    return found.find((home) => !overridden.has(home.name)) ?? null;
  }

  /** An object of which only the interface is known, as what it is. */
  function concrete(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(concrete);
    if (!isThing(value) || !isInterfaceType(schema.getType(value.__typename))) return value;
    for (const subgraph of schemas) {
      const type = subgraph.schema.getType(value.__typename);
      const possible = isAbstractType(type) ? subgraph.schema.getPossibleTypes(type) : [];
      const typename = possible[value.number % possible.length]?.name;
      if (typename !== undefined) return { ...value, __typename: typename, seed: `${typename}:${value.number}` };
    }
    return value;
  }

  function answer(source: Thing | undefined, typename: string, name: string, args: unknown): unknown {
    const home = homeOf(typename, name);
    if (!home) throw new Error(`no subgraph answers ${typename}.${name}`);
    const known = source && home.as.name !== typename ? { ...source, __typename: home.as.name, seed: `${home.as.name}:${source.number}` } : source;
    const required = directiveArgument(home.field, 'requires', 'fields');
    const given = required !== null && source ? requiredOf(source, fieldSet(required), asking) : {};
    return concrete(home.field.resolve?.(known && { ...known, given }, args as never, {}, { schema: home.schema } as never));
  }

  const asking: Asking = {
    field: (source, node) => {
      const home = isThing(source) ? homeOf(source.__typename, node.name.value) : null;
      return isThing(source) && home ? answer(source, source.__typename, node.name.value, getArgumentValues(home.field, node)) : null;
    },
    isOf: (source, condition) => {
      const [abstract, type] = isThing(source) ? [schema.getType(condition), schema.getType(source.__typename)] : [];
      return isObjectType(type) && (type.name === condition || (isAbstractType(abstract) && schema.isSubType(abstract, type)));
    },
  };

  // A root type in the middle of an answer is the root all the same.
  const roots = new Set([schema.getQueryType()?.name, schema.getMutationType()?.name]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (source: Thing | undefined, args) => answer(roots.has(type.name) ? undefined : source, type.name, field.name, args);
    }
  }
  return async ({ query, variables }) => {
    const { data, errors } = await execute({ schema, document: parse(query), variableValues: variables });
    return { data: data ?? null, ...(errors && { errors: errors.map((error) => error.toJSON()) }) };
  };
}
