import {
  type DocumentNode,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { Logger } from '#platform/logger.ts';
import { switchesOf } from '../switches.ts';
import { anchored } from './anchors.ts';
import { type CompiledPlan, compilePlan } from './compile.ts';
import { completeResponse } from './complete.ts';
import { type Data, emptyData } from './data.ts';
import { createPlanner } from './planner.ts';
import { isTrue, type Run, type SubgraphCall } from './run.ts';
import type { Reading } from './selections.ts';
import { type ObjectShape, objectShape } from './shape.ts';
import { typeConditions } from './type-conditions.ts';

export type { SubgraphCall } from './run.ts';

/** A validated operation of a client. */
export interface ClientOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null;
  /** Stands for the document. */
  readonly hash: string;
  readonly variables: Readonly<Data>;
}

export interface Executed {
  /** Left out when the variables were refused and nothing ran. */
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLError[];
}

export interface Executor<Session> {
  /** What clients can see of the supergraph. */
  readonly apiSchema: GraphQLSchema;
  execute(request: ClientOperation, session: Session): Promise<Executed>;
}

interface ExecutorOptions<Session> {
  readonly supergraphSdl: string;
  readonly send: (subgraph: string, call: SubgraphCall, session: Session) => Promise<FormattedExecutionResult>;
  readonly log: Logger;
}

/** An operation with all that was worked out about it, and stays true whatever its variables are. */
interface CompiledOperation {
  readonly plan: CompiledPlan;
  /** The variables by which @skip and @include decide; each combination has its own shape. */
  readonly switches: readonly string[];
  readonly shapes: Map<string, ResponseShape>;
  shapeFor(positions: Readonly<Data>): ResponseShape;
}

interface ResponseShape {
  readonly root: ObjectShape;
  /** Fields that ask for data and that no fetch of the plan answers. */
  readonly unplanned: readonly string[];
}

const KEPT_OPERATIONS = 2_000;
const KEPT_SHAPES = 64;
const SLOW_PLANNING_MS = 200;

/** Carries out operations by Apollo's query plans. Plans and shapes are worked out once for an operation, and kept. */
export function createExecutor<Session>({ supergraphSdl, send, log }: ExecutorOptions<Session>): Executor<Session> {
  const planner = createPlanner(supergraphSdl);
  const { apiSchema } = planner;
  const conditions = typeConditions(apiSchema);
  const kept = new Map<string, CompiledOperation>();

  function compile({ document, operation, operationName }: ClientOperation): CompiledOperation {
    const startedAt = performance.now();
    const plan = compilePlan(planner.plan(anchored(document, apiSchema, conditions), operationName), document, planner.conditions);
    const ms = Math.round(performance.now() - startedAt);
    if (ms > SLOW_PLANNING_MS) log.warn({ operation: operationName, ms }, 'an operation was slow to plan');
    const fragments = new Map(document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]));
    return {
      plan,
      switches: switchesOf(document, operation),
      shapes: new Map(),
      shapeFor: (positions) => responseShape({ schema: apiSchema, conditions, fragments, coerced: positions }, operation, plan),
    };
  }

  function compiled(request: ClientOperation): CompiledOperation {
    const key = `${request.hash}|${request.operationName ?? ''}`;
    const known = kept.get(key) ?? compile(request);
    kept.delete(key);
    kept.set(key, known);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_OPERATIONS && oldest !== undefined) kept.delete(oldest);
    return known;
  }

  return {
    apiSchema,
    execute: async (request, session) => {
      const { coerced, errors } = getVariableValues(apiSchema, request.operation.variableDefinitions ?? [], request.variables);
      if (errors) return { errors };
      const operation = compiled(request);
      const { root, unplanned } = shapeOf(operation, coerced);
      const run: Run = {
        send: (subgraph, call) => send(subgraph, call, session),
        variables: request.variables,
        coerced,
        root: emptyData(),
        errors: [],
        failed: new Set(),
        dead: new Set(),
      };
      await operation.plan.carryOut(run);
      if (unplanned.length > 0) refuseUnplanned(run, unplanned);
      const data = completeResponse(root, run, operation.plan.isIsolated);
      return run.errors.length > 0 ? { data, errors: run.errors } : { data };
    },
  };
}

function responseShape(reading: Reading, { operation, selectionSet }: OperationDefinitionNode, { rootKeys }: CompiledPlan): ResponseShape {
  const rootType = reading.schema.getRootType(operation);
  if (!isObjectType(rootType)) throw new GraphQLError(`There are no operations of the kind "${operation}".`, { extensions: { code: 'BAD_USER_INPUT' } });
  const root = objectShape(reading, [{ selectionSet, parent: rootType }], rootType);
  return { root, unplanned: root.declared.filter(({ key, constant }) => constant === null && !rootKeys.has(key)).map(({ key }) => key) };
}

/** Each combination of @skip and @include has a shape of its own, so that walking it asks no questions. */
function shapeOf({ switches, shapes, shapeFor }: CompiledOperation, coerced: Readonly<Data>): ResponseShape {
  const positions = switches.map((name) => [name, isTrue(coerced, name)] as const);
  const key = positions.map(([, isOn]) => (isOn ? '1' : '0')).join('');
  const known = shapes.get(key);
  if (known) return known;
  const shape = shapeFor(Object.fromEntries(positions));
  if (shapes.size >= KEPT_SHAPES) shapes.clear();
  shapes.set(key, shape);
  return shape;
}

/** The planner drops, without a word, a field that it finds no way to answer: null would be a lie. */
function refuseUnplanned({ root, errors, failed }: Run, unplanned: readonly string[]): void {
  failed.add(root);
  for (const key of unplanned) {
    errors.push(new GraphQLError(`No subgraph can answer what is asked of "${key}".`, { path: [key], extensions: { code: 'INTERNAL_SERVER_ERROR' } }));
  }
}
