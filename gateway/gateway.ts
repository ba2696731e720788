import {
  type DocumentNode,
  executeSync,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { Logger } from '#platform/logger.ts';
import { withDenials } from './authorization/denials.ts';
import { createGuard, type GuardedOperation } from './authorization/guard.ts';
import type { Rights } from './authorization/rights.ts';
import { createAccounts, type Spending } from './cost/accounts.ts';
import { createExecutor, type Executor, type ExecutorOptions, type SubgraphCall } from './execution/executor.ts';
import { isIntrospectionOnly, withoutIntrospection } from './introspection.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { PlanningRefusal } from './planning.ts';
import { plansInProcess } from './plans/planning-process.ts';
import { createPrepare, type Prepared, withoutSuggestion } from './prepare.ts';
import { presentErrors } from './present-errors.ts';
import { loadable } from './supergraph/loadable.ts';
import { unfitVariables } from './variables.ts';

/** One client operation as it arrived. */
export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | null;
  readonly operationName: string | null;
  /** GET requests carry queries only. */
  readonly isReadOnly: boolean;
}

export interface Answer {
  /** 200, or 4xx when the operation was refused before it ran. */
  readonly status: number;
  readonly body: FormattedExecutionResult;
  /** Whether others are answered with the same data at the same time: it is written once for all of them. */
  readonly isShared?: boolean;
  /** What goes to the client beside it; names in small letters. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Who sent a client request, and in what circumstances: rides through the executor to the subgraphs. */
export interface Caller {
  readonly requestId: string;
}

/** The part of the supergraph that a kind of caller sees. */
export interface CallersSchema {
  readonly name: string;
  readonly schema: GraphQLSchema;
}

export interface Gateway<C extends Caller> {
  execute(operation: Operation, caller: C): Promise<Answer>;
  /** Gets ready to plan, so that the first operation does not wait for that. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

interface GatewayOptions<C extends Caller> {
  readonly supergraphSdl: string;
  /** Carries a fetch of the plan to its subgraph. */
  readonly send: (subgraph: string, call: SubgraphCall, caller: C) => Promise<FormattedExecutionResult>;
  /** Without it everybody sees all that the supergraph shows. */
  readonly schemaFor?: (caller: C) => CallersSchema;
  /** Without it the supergraph's security directives are left to the subgraphs. */
  readonly rightsOf?: (caller: C) => Rights;
  /** Whether a query is rejected as a whole when it asks for anything that its caller may not see. Mutations always are. */
  readonly isDenialTotal?: boolean;
  readonly limits?: Limits;
  /** Fields, as `Mutation.userLogin`, that may not be tried many times over in one operation. */
  readonly sensitiveFields?: readonly string[];
  /** Points that each principal may spend every second, and whom a caller spends for; without it nothing is counted. */
  readonly budget?: { readonly pointsPerSecond: number; readonly principalOf: (caller: C) => string };
  /** Whether the override with this label is in force for a request. */
  readonly isOverridden?: (label: string, caller: C) => boolean;
  /** Whether entities that a plan asks one subgraph for at the same time are asked for in one call. */
  readonly isMerging?: boolean;
  /** Who carries out plans; the gateway's own executor unless another is named. */
  readonly executorOf?: (options: ExecutorOptions<C>) => Executor<C>;
  readonly isIntrospectable: boolean;
  readonly log: Logger;
}

/** What a list is taken to hold of which the supergraph says nothing. */
const ASSUMED_LIST_SIZE = 10;
/** Somebody has to look at what is refused, too. */
const REFUSAL_POINTS = 10;
/** All callers' new operations are planned by one processor: a tenth of it is for one. */
const POINTS_PER_PLANNED_MS = 10;

/** The server without a socket: loads the supergraph and answers operations. */
export function createGateway<C extends Caller>(options: GatewayOptions<C>): Gateway<C> {
  const {
    supergraphSdl,
    send,
    schemaFor,
    rightsOf,
    isDenialTotal = false,
    limits = DEFAULT_LIMITS,
    sensitiveFields = [],
    budget,
    isOverridden,
    isMerging = false,
    executorOf = createExecutor,
    isIntrospectable,
    log,
  } = options;
  const { sdl, protection } = loadable(supergraphSdl);
  const executor = executorOf({
    supergraphSdl: sdl,
    send,
    log,
    isMerging,
    plansFor: plansInProcess({ limits, log }),
    ...(isOverridden && { isOverridden }),
    ...(budget && { payerOf: budget.principalOf }),
  });
  const guard = createGuard(protection, executor.apiSchema);
  const everybodys: CallersSchema = { name: '', schema: executor.apiSchema };
  const prepare = createPrepare({ supergraphSdl, limits, sensitiveFields, assumedListSize: ASSUMED_LIST_SIZE });
  const accountOf = budget && budget.pointsPerSecond > 0 ? createAccounts(budget.pointsPerSecond) : null;

  async function run(
    prepared: Prepared,
    operation: OperationDefinitionNode,
    request: Operation,
    caller: C,
    schema: GraphQLSchema,
  ): Promise<Pick<Answer, 'body' | 'isShared'>> {
    const introspection = withoutIntrospection(prepared.document, operation);
    if (introspection && !isIntrospectable) {
      throw new GraphQLError('Introspection is switched off here.', { extensions: { code: 'FORBIDDEN' } });
    }
    const ofSchema = introspection && introspect(schema, introspection.only, request, caller.requestId);
    if (ofSchema && isIntrospectionOnly(operation)) return { body: ofSchema };
    const document = introspection?.rest ?? prepared.document;
    const remaining = document.definitions[prepared.document.definitions.indexOf(operation)];
    const planned = remaining?.kind === Kind.OPERATION_DEFINITION ? remaining : operation;
    const operationName = operation.name?.value ?? null;
    const hash = introspection ? `${prepared.hash}-data` : prepared.hash;
    const variables = { ...request.variables };
    const whole = { document, operation: planned, operationName, hash, variables };
    const guarded = rightsOf ? guard.check(document, planned, hash, rightsOf(caller)) : null;
    if (guarded && (isDenialTotal || operation.operation !== 'query')) throw rejection(guarded);
    const executed = guarded
      ? withDenials(await executor.execute({ ...whole, ...guarded, hash: `${hash}|${guarded.key}` }, caller), guarded.guarded)
      : await executor.execute(whole, caller);
    const body = presentErrors(executed, caller.requestId, log);
    return ofSchema ? { body: { ...body, data: { ...body.data, ...ofSchema.data } } } : { body, isShared: executed.isShared ?? false };
  }

  return {
    execute: async (request, caller) => {
      const { requestId } = caller;
      const callers = schemaFor?.(caller) ?? everybodys;
      const account = accountOf && budget ? accountOf(budget.principalOf(caller)) : null;
      let spent: Spending | null = null;
      const refuse = (errors: readonly GraphQLError[]): Answer => {
        spent?.settle(0);
        if (errors[0]?.extensions['code'] !== 'RATE_LIMITED') account?.charge(pointsOf(errors));
        return refusal(errors, requestId);
      };
      try {
        account?.admit();
        const prepared = prepare(request.query, callers, (points) => account?.charge(points));
        if (prepared.errors.length > 0) return refuse(prepared.errors);
        const operation = pickOperation(prepared.operations, request.operationName);
        if (operation instanceof GraphQLError) return refuse([operation]);
        if (operation.operation === 'subscription') return refuse([new GraphQLError('Subscriptions are not served here; ask again instead.')]);
        // Before anything runs: a mutation's second field must not be refused after its first was carried out.
        const unfit = unfitVariables(request.variables ?? {}, limits);
        if (unfit) return refuse([unfit]);
        const { coerced, errors } = getVariableValues(callers.schema, operation.variableDefinitions ?? [], request.variables ?? {}, { maxErrors: 20 });
        if (errors) return refuse(errors);
        if (request.isReadOnly && operation.operation !== 'query') {
          return { status: 405, body: { errors: [withCode(new GraphQLError('Only queries may be sent by GET; send mutations by POST.'), requestId)] } };
        }
        const price = prepared.priceOf(operation)(coerced);
        if (price.isFirst) account?.charge(prepared.planningPoints);
        spent = account?.spend(price.requested) ?? null;
        const { body, isShared = false } = await run(prepared, operation, request, caller, callers.schema);
        const status = body.data === undefined ? 400 : 200;
        if (!spent) return { status, body, isShared };
        return { status, isShared, body: { ...body, extensions: { ...body.extensions, cost: spent.settle(price.actual(body.data)) } } };
      } catch (error) {
        if (error instanceof GraphQLError) return refuse([error]);
        throw error;
      }
    },
    warmUp: executor.warmUp,
    close: executor.close,
  };
}

const pointsOf = ([error]: readonly GraphQLError[]): number => REFUSAL_POINTS + (error instanceof PlanningRefusal ? error.spentMs * POINTS_PER_PLANNED_MS : 0);

const STATUS: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, RATE_LIMITED: 429, SERVICE_UNAVAILABLE: 503 };

/** What is answered to an operation of which nothing ran. */
function refusal(errors: readonly GraphQLError[], requestId: string): Answer {
  const { code, cost, retryAfterSeconds } = errors[0]?.extensions ?? {};
  const shown = errors.map((error) => withCode(withoutSuggestion(error), requestId));
  return {
    status: STATUS[String(code)] ?? 400,
    body: { errors: shown, ...(cost !== undefined && { extensions: { cost } }) },
    ...(typeof retryAfterSeconds === 'number' && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  };
}

/** Nothing of it has run: the first that is denied says why. */
function rejection({ denials: [first] }: GuardedOperation): GraphQLError {
  return new GraphQLError(first?.sentence ?? '', { extensions: { code: first?.code } });
}

const withCode = (error: GraphQLError, requestId: string) => {
  const { code = 'BAD_USER_INPUT', ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions: { code: error.message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : code, ...extensions, requestId } };
};

function pickOperation(operations: readonly OperationDefinitionNode[], name: string | null): OperationDefinitionNode | GraphQLError {
  const [first] = operations;
  if (!first) return new GraphQLError('The document holds no operation.');
  if (name) return operations.find((operation) => operation.name?.value === name) ?? new GraphQLError(`The document holds no operation named "${name}".`);
  return operations.length === 1 ? first : new GraphQLError('The document holds several operations: name one in "operationName".');
}

function introspect(schema: GraphQLSchema, document: DocumentNode, { variables, operationName }: Operation, requestId: string): FormattedExecutionResult {
  const { data, errors } = executeSync({ schema, document, variableValues: variables, operationName });
  return { ...(data && { data }), ...(errors && { errors: errors.map((error) => withCode(error, requestId)) }) };
}
