import { type DocumentNode, GraphQLError, type GraphQLSchema, getVariableValues, isObjectType, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { fragmentsOf } from '#platform/selections.ts';
import type { QueryPlan } from '@apollo/query-planner';
import type { Logger } from '#platform/logger.ts';
import { createKept, workedOutOnce } from '../kept.ts';
import { countFieldsOf } from '../measure.ts';
import { plansHere } from '../plans/graph-planner.ts';
import type { PlansFor } from '../plans/plans.ts';
import { switchesOf } from '../switches.ts';
import { type CompiledPlan, compilePlan } from './compile.ts';
import { completeResponse } from './complete.ts';
import { type Data, emptyData } from './data.ts';
import { plannedOperation } from './planned-operation.ts';
import { createPlanner } from './planner.ts';
import { type Answered, isTrue, type Run, type SubgraphCall } from './run.ts';
import type { Reading } from './selections.ts';
import { type ObjectShape, objectShape } from './shape.ts';
import { typeConditions } from './type-conditions.ts';

export type { Answered, SubgraphCall } from './run.ts';

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
  /** Whether others are answered with the same data: it is written once for all of them. */
  readonly isShared?: boolean;
}

export interface Executor<Session> {
  /** What clients can see of the supergraph. */
  readonly apiSchema: GraphQLSchema;
  execute(request: ClientOperation, session: Session): Promise<Executed>;
  /** Gets ready to plan, so that the first operation does not wait for that. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

export interface ExecutorOptions<Session> {
  readonly supergraphSdl: string;
  readonly send: (subgraph: string, call: SubgraphCall, session: Session) => Promise<Answered>;
  /** Whether the override with this label is in force for a request; by default, `percent(5)` is for five in a hundred. */
  readonly isOverridden?: (label: string, session: Session) => boolean;
  /** Whether entities that a plan asks one subgraph for at the same time are asked for in one call. */
  readonly isMerging?: boolean;
  /** Who makes plans; this thread where nothing else is said, which is for operations that nobody unknown has chosen. */
  readonly plansFor?: PlansFor;
  /** For whom operations are planned, so that these take turns. */
  readonly payerOf?: (session: Session) => string;
  readonly log: Logger;
}

/**
 * All that was worked out about an operation, for one combination of what @skip and @include decide and of the overrides
 * in force: true whatever the other variables are.
 */
interface Variant {
  readonly plan: CompiledPlan;
  readonly root: ObjectShape;
  /** Fields that ask for data and that no fetch of the plan answers. */
  readonly unplanned: readonly string[];
}

/** Plans are weighed by the fields they answer, each of which takes two or three kB: a hundred MB in all. */
const KEPT_FIELDS = 40_000;

/** Carries out operations by Apollo's query plans. Plans and shapes are worked out once for an operation, and kept. */
export function createExecutor<Session>(options: ExecutorOptions<Session>): Executor<Session> {
  const { supergraphSdl, send, isOverridden = isAmongPercent, isMerging = false, plansFor = plansHere, payerOf = () => '' } = options;
  const { plans, apiSchema, ground, reservedKeys, overrideLabels } = createPlanner(supergraphSdl, plansFor);
  const conditions = typeConditions(apiSchema);
  const switches = new WeakMap<OperationDefinitionNode, readonly string[]>();
  const variants = workedOutOnce(createKept<Variant>(KEPT_FIELDS));

  async function compile(
    { document, operation, operationName }: ClientOperation,
    coerced: Readonly<Data>,
    overrides: readonly string[],
    payer: string,
  ): Promise<Variant> {
    const planned = plannedOperation(document, operation, coerced, reservedKeys);
    const queryPlan = planned.document ? await plans.plan(planned.document, operationName, overrides, payer) : NOTHING_TO_DO;
    const plan = compilePlan(queryPlan, planned, ground, isMerging);
    const fragments = fragmentsOf(document);
    const rootType = apiSchema.getRootType(operation.operation);
    if (!isObjectType(rootType)) throw badInput(`There are no operations of the kind "${operation.operation}".`);
    const reading: Reading = { schema: apiSchema, conditions, fragments, coerced, plannedKeys: planned.plannedKeys };
    const root = objectShape(reading, [{ selectionSet: operation.selectionSet, parent: rootType }], rootType);
    const unplanned = root.declared.filter(({ plannedKey, constant }) => constant === null && !plan.rootKeys.has(plannedKey)).map(({ key }) => key);
    const isNothingPlanned = plan.rootKeys.size === 0;
    if (unplanned.length > 0 && (isNothingPlanned || operation.operation === OperationTypeNode.MUTATION)) throw unanswerable(unplanned);
    return { plan, root, unplanned };
  }

  function switchesFor({ document, operation }: ClientOperation): readonly string[] {
    const known = switches.get(operation) ?? switchesOf(document, operation);
    switches.set(operation, known);
    return known;
  }

  /** Each combination of @skip and @include has a plan and a shape of its own, so that walking them asks no questions. */
  function variantOf(request: ClientOperation, coerced: Readonly<Data>, session: Session): Variant | Promise<Variant> {
    const switched = switchesFor(request);
    const overrides = overrideLabels.filter((label) => isOverridden(label, session));
    const positions = switched.map((name) => (isTrue(coerced, name) ? '1' : '0')).join('');
    const key = [request.hash, request.operationName, positions, ...overrides].join('|');
    return variants(
      key,
      () => countFieldsOf(request.document, request.operation),
      () => compile(request, Object.fromEntries(switched.map((name) => [name, coerced[name]])), overrides, payerOf(session)),
    );
  }

  return {
    apiSchema,
    execute: async (request, session) => {
      const { coerced, errors } = getVariableValues(apiSchema, request.operation.variableDefinitions ?? [], request.variables);
      if (errors) return { errors };
      const { plan, root, unplanned } = await variantOf(request, coerced, session);
      const run: Run = {
        send: (subgraph, call) => send(subgraph, call, session),
        variables: request.variables,
        root: emptyData(),
        errors: [],
        failed: new Set(),
        dead: new Set(),
      };
      await plan.carryOut(run);
      if (unplanned.length > 0) refuseUnplanned(run, unplanned);
      const data = completeResponse(root, run, plan.isIsolated);
      return run.errors.length > 0 ? { data, errors: run.errors } : { data };
    },
    warmUp: plans.warmUp,
    close: plans.close,
  };
}

const NOTHING_TO_DO: QueryPlan = { kind: 'QueryPlan' };

const badInput = (sentence: string) => new GraphQLError(sentence, { extensions: { code: 'BAD_USER_INPUT' } });

function isAmongPercent(label: string): boolean {
  const share = /^percent\((\d+(?:\.\d+)?)\)$/.exec(label)?.[1];
  return share !== undefined && Math.random() * 100 < Number(share);
}

/** The planner drops, without a word, a field that it finds no way to answer: null would be a lie. */
function refuseUnplanned({ root, errors, failed }: Run, unplanned: readonly string[]): void {
  failed.add(root);
  for (const key of unplanned) errors.push(unanswerable([key], [key]));
}

/** Where nothing at all can be answered, or a mutation not as a whole, the operation is refused before anything of it is carried out. */
const unanswerable = (keys: readonly string[], path?: readonly string[]) =>
  new GraphQLError(`No subgraph can answer what is asked of "${keys.join('", "')}".`, { path, extensions: { code: 'INTERNAL_SERVER_ERROR' } });
