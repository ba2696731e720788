import { type DocumentNode, execute, type ExecutionResult, type GraphQLSchema, isObjectType, Kind, OperationTypeNode, visit } from 'graphql';
import type { Arguments } from './arguments.ts';
import { type Execution, FAILED, resolveField } from './execution.ts';
import { type Place, put } from './places.ts';
import { type FieldPlan, type OperationPlan, planOperation } from './plan.ts';
import { type CoerceVariables, variableCoercion } from './variables.ts';

interface Request {
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Arguments | undefined;
  readonly context: unknown;
}

export type Executor = (request: Request) => Promise<ExecutionResult>;

interface Planned {
  readonly plan: OperationPlan;
  readonly coerceVariables: CoerceVariables;
}

/**
 * Executes validated operations as the specification has it, by a plan that is made once for each operation of a document:
 * which fields of which types, their arguments, how their values are written. What is rare between a gateway and its
 * subgraphs (@skip and @include, which a gateway decides itself, introspection) is left to graphql-js.
 */
export function createExecutor(schema: GraphQLSchema): Executor {
  const isPlannable = Object.values(schema.getTypeMap()).every((type) => !isObjectType(type) || !type.isTypeOf);
  const plans = new WeakMap<DocumentNode, Map<string, Planned | null>>();

  function plannedFor(document: DocumentNode, operationName: string | undefined): Planned | null {
    const ofDocument = plans.get(document) ?? new Map<string, Planned | null>();
    plans.set(document, ofDocument);
    const name = operationName ?? '';
    let planned = ofDocument.get(name);
    if (planned === undefined) ofDocument.set(name, (planned = isPlannable ? planFor(schema, document, operationName) : null));
    return planned;
  }

  return async ({ document, operationName, variables = {}, context }) => {
    const planned = plannedFor(document, operationName);
    if (!planned) return execute({ schema, document, contextValue: context, variableValues: variables, operationName });
    const { plan, coerceVariables } = planned;
    const coercion = coerceVariables(variables);
    if ('errors' in coercion) return { errors: coercion.errors };
    return carryOut({ plan, context, variables: coercion.coerced, keptArguments: new Map(), errors: [], pending: 0, whenSettled: null });
  };
}

/** Null for what is not planned here. */
function planFor(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined): Planned | null {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const named = operationName === undefined ? operations : operations.filter(({ name }) => name?.value === operationName);
  const [operation] = named;
  if (!operation || named.length > 1 || operation.operation === OperationTypeNode.SUBSCRIPTION || isUnusual(document)) return null;
  const rootType = schema.getRootType(operation.operation);
  return rootType ? { plan: planOperation(schema, document, operation, rootType), coerceVariables: variableCoercion(schema, operation) } : null;
}

const UNUSUAL_DIRECTIVES: ReadonlySet<string> = new Set(['skip', 'include']);
const UNUSUAL_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type']);

function isUnusual(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    Directive: ({ name }) => {
      isFound ||= UNUSUAL_DIRECTIVES.has(name.value);
    },
    Field: ({ name, alias }) => {
      // Set on a plain object, it would be no property of it.
      isFound ||= UNUSUAL_FIELDS.has(name.value) || alias?.value === '__proto__';
    },
  });
  return isFound;
}

async function carryOut(execution: Execution): Promise<ExecutionResult> {
  const { errors, plan } = execution;
  const data: Record<string, unknown> = {};
  const root: Place = { parent: null, key: '', isNonNull: false, parts: data, isNull: false };
  if (plan.operation.operation === OperationTypeNode.MUTATION) await inSequence(execution, root);
  else await atOnce(execution, root);
  const answer = { data: root.isNull ? null : data };
  return errors.length > 0 ? { errors, ...answer } : answer;
}

async function atOnce(execution: Execution, root: Place): Promise<void> {
  for (const field of execution.plan.root.fields) {
    if (!resolveInto(execution, root, field)) break;
  }
  await settled(execution);
}

/** Each field of a mutation when all of the one before is done; none after one whose failure leaves nothing of the answer. */
async function inSequence(execution: Execution, root: Place): Promise<void> {
  for (const field of execution.plan.root.fields) {
    resolveInto(execution, root, field);
    await settled(execution);
    if (root.isNull) return;
  }
}

function resolveInto(execution: Execution, root: Place, field: FieldPlan): boolean {
  const part = resolveField(execution, field, undefined, root);
  if (part === FAILED) root.isNull = true;
  else put(root, field.key, part);
  return !root.isNull;
}

async function settled(execution: Execution): Promise<void> {
  if (execution.pending === 0) return;
  await new Promise<void>((resolve) => {
    execution.whenSettled = resolve;
  });
}
