import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  executeSync,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { DomainError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { withDenials } from './authorization/denials.ts';
import { createGuard, type GuardedOperation } from './authorization/guard.ts';
import type { Rights } from './authorization/rights.ts';
import { createExecutor, type SubgraphCall } from './execution/executor.ts';
import { isIntrospectionOnly, withoutIntrospection } from './introspection.ts';
import { DEFAULT_LIMITS, enforceLimits } from './limits.ts';
import { presentErrors } from './present-errors.ts';
import { loadable } from './supergraph/loadable.ts';

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
  readonly isIntrospectable: boolean;
  readonly log: Logger;
}

/** What stands fixed for one document under one contract. */
interface Prepared {
  readonly document: DocumentNode;
  readonly hash: string;
  readonly operations: readonly OperationDefinitionNode[];
  readonly errors: readonly GraphQLError[];
}

const KEPT_OPERATIONS = 2_000;
const MAX_KEPT_CHARACTERS = 20_000;

/** The server without a socket: loads the supergraph and answers operations. */
export function createGateway<C extends Caller>(options: GatewayOptions<C>): Gateway<C> {
  const { supergraphSdl, send, schemaFor, rightsOf, isDenialTotal = false, isIntrospectable, log } = options;
  const { sdl, protection } = loadable(supergraphSdl);
  const executor = createExecutor<C>({ supergraphSdl: sdl, send, log });
  const guard = createGuard(protection, executor.apiSchema);
  const everybodys: CallersSchema = { name: '', schema: executor.apiSchema };
  const kept = new Map<string, Prepared>();

  function prepare(query: string, { name, schema }: CallersSchema): Prepared {
    const key = `${name}|${query}`;
    const known = kept.get(key);
    if (known) return known;
    const prepared = prepareOperation(query, schema);
    if (query.length <= MAX_KEPT_CHARACTERS) {
      if (kept.size >= KEPT_OPERATIONS) kept.clear();
      kept.set(key, prepared);
    }
    return prepared;
  }

  async function run(
    prepared: Prepared,
    operation: OperationDefinitionNode,
    request: Operation,
    caller: C,
    schema: GraphQLSchema,
  ): Promise<FormattedExecutionResult> {
    const introspection = withoutIntrospection(prepared.document, operation);
    if (introspection && !isIntrospectable) {
      throw new GraphQLError('Introspection is switched off here.', { extensions: { code: 'FORBIDDEN' } });
    }
    const ofSchema = introspection && introspect(schema, introspection.only, request);
    if (ofSchema && isIntrospectionOnly(operation)) return ofSchema;
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
    const answered = presentErrors(executed, caller.requestId, log);
    return ofSchema ? { ...answered, data: { ...answered.data, ...ofSchema.data } } : answered;
  }

  return {
    execute: async (request, caller) => {
      const { requestId } = caller;
      const callers = schemaFor?.(caller) ?? everybodys;
      const refuse = (errors: readonly GraphQLError[]): Answer => ({
        status: 400,
        body: { errors: errors.map((error) => withCode(error, requestId)) },
      });
      try {
        const prepared = prepare(request.query, callers);
        if (prepared.errors.length > 0) return refuse(prepared.errors);
        const operation = pickOperation(prepared.operations, request.operationName);
        if (operation instanceof GraphQLError) return refuse([operation]);
        if (operation.operation === 'subscription') return refuse([new GraphQLError('Subscriptions are not served here; ask again instead.')]);
        // Before anything runs: a mutation's second field must not be refused after its first was carried out.
        const { errors } = getVariableValues(callers.schema, operation.variableDefinitions ?? [], request.variables ?? {}, { maxErrors: 20 });
        if (errors) return refuse(errors);
        if (request.isReadOnly && operation.operation !== 'query') {
          return { status: 405, body: { errors: [withCode(new GraphQLError('Only queries may be sent by GET; send mutations by POST.'), requestId)] } };
        }
        const body = await run(prepared, operation, request, caller, callers.schema);
        return { status: body.data === undefined ? 400 : 200, body };
      } catch (error) {
        if (error instanceof GraphQLError) return { ...refuse([error]), status: STATUS[String(error.extensions['code'])] ?? 400 };
        throw error;
      }
    },
  };
}

const STATUS: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403 };

/** Nothing of it has run: the first that is denied says why. */
function rejection({ denials: [first] }: GuardedOperation): GraphQLError {
  return new GraphQLError(first?.sentence ?? '', { extensions: { code: first?.code } });
}

function prepareOperation(query: string, schema: GraphQLSchema): Prepared {
  const document = parse(query, { maxTokens: DEFAULT_LIMITS.tokens });
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const invalid = validate(schema, document, specifiedRules, { maxErrors: 20 });
  const errors = invalid.length > 0 ? invalid : operations.flatMap((operation) => limitErrors(document, operation));
  return { document, operations, errors: errors.map(withoutSuggestion), hash: createHash('sha256').update(query).digest('hex') };
}

function limitErrors(document: DocumentNode, operation: OperationDefinitionNode): GraphQLError[] {
  try {
    enforceLimits(document, operation, DEFAULT_LIMITS);
    return [];
  } catch (error) {
    if (error instanceof DomainError) return [new GraphQLError(error.message, { nodes: operation, extensions: { code: error.code, ...error.extensions } })];
    throw error;
  }
}

/** "Did you mean …" would name what exists; it helps people only in their editor, which has the schema. */
const withoutSuggestion = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message.replace(/ Did you mean .*$/, ''), {
    nodes: error.nodes,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', ...error.extensions },
  });

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

function introspect(schema: GraphQLSchema, document: DocumentNode, { variables, operationName }: Operation): FormattedExecutionResult {
  const { data, errors } = executeSync({ schema, document, variableValues: variables, operationName });
  return { ...(data && { data }), ...(errors && { errors: errors.map((error) => error.toJSON()) }) };
}
