import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoFragmentCyclesRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { fragmentsOf } from '#platform/selections.ts';
import { createPricing, type PriceOf, type Pricing } from './cost/price.ts';
import { readCosts } from './cost/sheet.ts';
import type { CallersSchema } from './gateway.ts';
import { createKept } from './kept.ts';
import { exceeded, type Limits } from './limits.ts';
import { exceededBy } from './measure.ts';
import { planningWays, readSubgraphs } from './planning.ts';
import { scan } from './scan.ts';
import { mayBeSensitive, sensitiveTooOften } from './sensitive.ts';

/** What stands fixed for one document under one schema. */
export interface Prepared {
  readonly document: DocumentNode;
  readonly hash: string;
  readonly operations: readonly OperationDefinitionNode[];
  readonly errors: readonly GraphQLError[];
  readonly priceOf: (operation: OperationDefinitionNode) => PriceOf;
  /** What it takes to plan it, in points. */
  readonly planningPoints: number;
}

export interface PreparingRules {
  readonly supergraphSdl: string;
  readonly limits: Limits;
  /** Fields, as `Mutation.userLogin`, that may be tried only so often in one operation. */
  readonly sensitiveFields: readonly string[];
  /** What a list is taken to hold of which the supergraph says nothing. */
  readonly assumedListSize: number;
}

/** Prepares a document, or finds it prepared; `onWork` hears, in points, what that took, also where it is refused. */
export type Prepare = (query: string, schema: CallersSchema, onWork: (points: number) => void) => Prepared;

/** Documents are weighed by their length; what is made of one is up to a hundred times as large. */
const KEPT_CHARACTERS = 1_000_000;
const MUTATION_WEIGHT = 10;
/** So that a second's points pay for half a second of a processor. */
const POINTS_PER_MILLISECOND = 2;
const POINTS_PER_WAY = 0.1;
const MAX_ERRORS = 20;

export function createPrepare({ supergraphSdl, limits, sensitiveFields, assumedListSize }: PreparingRules): Prepare {
  const sheet = readCosts(supergraphSdl);
  const subgraphs = readSubgraphs(supergraphSdl);
  const sensitive = new Set(sensitiveFields);
  const pricings = new Map<GraphQLSchema, Pricing>();
  const kept = createKept<Prepared>(KEPT_CHARACTERS);

  function pricingFor(schema: GraphQLSchema): Pricing {
    const pricing = pricings.get(schema) ?? createPricing(schema, { sheet, assumedListSize, mutationWeight: MUTATION_WEIGHT, pageSize: limits.pageSize });
    pricings.set(schema, pricing);
    return pricing;
  }

  /** From the cheapest question to the dearest: each may rely on what those before it refused. */
  function errorsOf(query: string, document: DocumentNode, operations: readonly OperationDefinitionNode[], schema: GraphQLSchema): readonly GraphQLError[] {
    const circular = validate(schema, document, [NoFragmentCyclesRule], { maxErrors: MAX_ERRORS });
    if (circular.length > 0) return circular;
    const tooMuch = exceededBy(document, limits);
    if (tooMuch.length > 0) return tooMuch;
    const invalid = validate(schema, document, specifiedRules, { maxErrors: MAX_ERRORS });
    if (invalid.length > 0) return invalid;
    return mayBeSensitive(query, sensitive) ? operations.flatMap((operation) => sensitiveTooOften(document, operation, schema, sensitive, limits) ?? []) : [];
  }

  function prepare(query: string, schema: GraphQLSchema): Prepared {
    scan(query, limits);
    const document = parse(query);
    const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
    const errors = [...errorsOf(query, document, operations, schema)];
    const fragments = fragmentsOf(document);
    const ways = errors.length > 0 ? 0 : Math.max(0, ...operations.map((operation) => planningWays(operation, fragments, schema, subgraphs)));
    if (ways > limits.planning) errors.push(exceeded(limits, 'planning', ways));
    const prices = new Map<OperationDefinitionNode, PriceOf>();
    const pricing = pricingFor(schema);
    return {
      document,
      operations,
      errors: errors.map(asInvalid),
      hash: createHash('sha256').update(query).digest('hex'),
      priceOf: (operation) => {
        const price = prices.get(operation) ?? pricing.of(document, operation);
        prices.set(operation, price);
        return price;
      },
      planningPoints: ways * POINTS_PER_WAY,
    };
  }

  return (query, { name, schema }, onWork) => {
    const key = `${name}|${query}`;
    const known = kept.get(key);
    if (known) return known;
    const startedAt = performance.now();
    try {
      const prepared = prepare(query, schema);
      // What is refused is not worth the place of what is not.
      if (prepared.errors.length === 0) kept.set(key, prepared, key.length);
      return prepared;
    } finally {
      onWork((performance.now() - startedAt) * POINTS_PER_MILLISECOND);
    }
  };
}

const MAX_MESSAGE = 300;
const SUGGESTION = / Did you mean [\s\S]*$/;

/** "Did you mean …" would name what exists; it helps people only in their editor, which has the schema. Nor is a text sent back that is as long as the operation. */
export function withoutSuggestion(error: GraphQLError): GraphQLError {
  if (error.message.length <= MAX_MESSAGE && !SUGGESTION.test(error.message)) return error;
  const message = error.message.replace(SUGGESTION, '');
  return new GraphQLError(message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path,
    originalError: error.originalError,
    extensions: error.extensions,
  });
}

const asInvalid = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED', ...error.extensions } });
