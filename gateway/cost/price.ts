import { type DocumentNode, GraphQLError, type GraphQLSchema, getIntrospectionQuery, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { switchesOf } from '../switches.ts';
import { type CostRules, compileCost, estimate, type FieldCost } from './compile.ts';
import { count } from './count.ts';
import type { Variables } from './inputs.ts';
import { INTROSPECTED_WEIGHT, withIntrospection } from './introspection.ts';

/** What one request may cost at most, and what its answer did cost. */
export interface Price {
  readonly requested: number;
  /** Whether it had to be worked out anew: so must the plan be, for these positions of @skip and @include. */
  readonly isFirst: boolean;
  actual(data: Readonly<Record<string, unknown>> | null | undefined): number;
}

/** What an operation costs; throws a refusal for variables that ask for more than a page may have. */
export type PriceOf = (variables: Variables) => Price;

export interface Pricing {
  of(document: DocumentNode, operation: OperationDefinitionNode): PriceOf;
}

/** An operation costs something even where nothing it asks for does. */
const LEAST = 1;
const KEPT_POSITIONS = 64;
/** Tools ask for the schema once; twice as much is as much as one operation may ask about it. */
const INTROSPECTIONS = 2;

const pointsOf = (cost: number): number => Math.max(LEAST, Math.ceil(cost));

export function createPricing(schema: GraphQLSchema, given: CostRules): Pricing {
  const rules: CostRules = { ...given, sheet: withIntrospection(given.sheet, schema) };
  const mostIntrospected = INTROSPECTIONS * introspected(compileCost(schema, rules, ...operationOf(getIntrospectionQuery()), {}), {});

  return {
    of: (document, operation) => {
      const switches = switchesOf(document, operation);
      const kept = new Map<string, readonly FieldCost[]>();

      const positionsOf = (variables: Variables): string => switches.map((name) => (variables[name] === true ? '1' : '0')).join('');

      function compiled(key: string, variables: Variables): readonly FieldCost[] {
        const fields = compileCost(schema, rules, document, operation, variables);
        const asked = introspected(fields, variables);
        if (asked > mostIntrospected) throw tooMuchIntrospection(operation, mostIntrospected, asked);
        if (kept.size >= KEPT_POSITIONS) kept.clear();
        kept.set(key, fields);
        return fields;
      }

      return (variables) => {
        const key = positionsOf(variables);
        const known = kept.get(key);
        const fields = known ?? compiled(key, variables);
        const requested = pointsOf(estimate(fields, variables));
        return {
          requested,
          isFirst: known === undefined,
          // What went wrong as a whole cannot be counted, though it was worked for.
          actual: (data) => (data ? pointsOf(count(fields, data, variables)) : requested),
        };
      };
    },
  };
}

const introspected = (fields: readonly FieldCost[], variables: Variables): number =>
  Math.round(
    estimate(
      fields.filter(({ isIntrospection }) => isIntrospection),
      variables,
    ) / INTROSPECTED_WEIGHT,
  );

const tooMuchIntrospection = (operation: OperationDefinitionNode, limit: number, asked: number): GraphQLError =>
  new GraphQLError(`An operation may ask for about ${limit} objects of the schema at most; this one asks for about ${asked}.`, {
    nodes: operation,
    extensions: { code: 'BAD_USER_INPUT', exceeded: 'introspection', limit, asked },
  });

function operationOf(query: string): [DocumentNode, OperationDefinitionNode] {
  const document = parse(query, { noLocation: true });
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('the document does not begin with an operation');
  return [document, operation];
}
