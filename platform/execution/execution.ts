import { defaultTypeResolver, type GraphQLError, type GraphQLObjectType, isObjectType, locatedError } from 'graphql';
import type { Arguments, KeptArguments } from './arguments.ts';
import { representedBy } from './representations.ts';
import { isGone, nullify, pathOf, type Place, put } from './places.ts';
import type { AbstractPlan, FieldPlan, ListPlan, ObjectPlan, OperationPlan, ValuePlan } from './plan.ts';
import { ResolveInfo } from './resolve-info.ts';

/** Everything that changes while one operation is carried out. */
export interface Execution {
  readonly plan: OperationPlan;
  readonly context: unknown;
  readonly variables: Arguments;
  readonly keptArguments: KeptArguments;
  readonly errors: GraphQLError[];
  /** Values that are waited for. */
  pending: number;
  whenSettled: (() => void) | null;
}

/** What stands for a part that may not be null and is: what holds it becomes null. */
export const FAILED = Symbol('a part that may not be null failed');
/** Keeps the place of a part that is waited for. */
const PENDING = undefined;

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function';

/** The part of an object that a field answers: its value, or FAILED, or nothing yet. */
export function resolveField(execution: Execution, field: FieldPlan, source: unknown, place: Place): unknown {
  if (field.constant !== null) return field.constant;
  try {
    const value = field.isEntities
      ? field.argumentsOf(execution.variables, execution.keptArguments)['representations']
      : valueOf(execution, field, source, place);
    if (isPromise(value)) return later(execution, field, place, field.key, field.value, value, complete);
    return complete(execution, field, field.value, value, place, field.key);
  } catch (error) {
    return failed(execution, field, place, field.key, field.value, error);
  }
}

function valueOf(execution: Execution, field: FieldPlan, source: unknown, place: Place): unknown {
  const { resolve } = field.definition;
  if (resolve)
    return resolve(source, field.argumentsOf(execution.variables, execution.keptArguments), execution.context, new ResolveInfo(execution, field, place));
  if ((typeof source !== 'object' || source === null) && typeof source !== 'function') return undefined;
  const property = (source as Readonly<Record<string, unknown>>)[field.name];
  if (typeof property !== 'function') return property;
  return property.call(source, field.argumentsOf(execution.variables, execution.keptArguments), execution.context, new ResolveInfo(execution, field, place));
}

type Complete = (execution: Execution, field: FieldPlan, plan: ValuePlan, value: unknown, place: Place, key: string | number) => unknown;

/** Goes on with a value when it is there, and puts it in its place. */
function later(
  execution: Execution,
  field: FieldPlan,
  place: Place,
  key: string | number,
  plan: ValuePlan,
  promise: PromiseLike<unknown>,
  completing: Complete,
): typeof PENDING {
  execution.pending += 1;
  const settle = (part: unknown): void => {
    if (part !== FAILED) put(place, key, part);
    else nullify(place);
    execution.pending -= 1;
    if (execution.pending === 0) execution.whenSettled?.();
  };
  promise.then(
    (value) => {
      if (isGone(place)) {
        ignoreElements(value);
        return settle(null);
      }
      let part: unknown;
      try {
        part = completing(execution, field, plan, value, place, key);
      } catch (error) {
        part = failed(execution, field, place, key, plan, error);
      }
      settle(part);
    },
    (error) => settle(failed(execution, field, place, key, plan, error)),
  );
  return PENDING;
}

/** What fails where nobody will see it is not told of. */
function failed({ errors }: Execution, { nodes }: FieldPlan, place: Place, key: string | number, { isNonNull }: ValuePlan, error: unknown): unknown {
  if (!isGone(place)) errors.push(locatedError(error, nodes, pathOf(place, key)));
  return isNonNull ? FAILED : null;
}

/** The value as the answer has it; throws what is wrong with the value itself. */
function complete(execution: Execution, field: FieldPlan, plan: ValuePlan, value: unknown, place: Place, key: string | number): unknown {
  if (value instanceof Error) throw value;
  if (value === null || value === undefined) {
    if (plan.isNonNull) throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.name}.`);
    return null;
  }
  const { content } = plan;
  switch (content.kind) {
    case 'leaf':
      return content.write(value);
    case 'object':
      return completeObject(execution, content, value, place, key, plan.isNonNull);
    case 'list':
      return completeList(execution, field, content, value, place, key, plan.isNonNull);
    case 'abstract':
      return completeAbstract(execution, field, plan, content, value, place, key);
  }
}

export function completeObject(
  execution: Execution,
  { fields }: ObjectPlan,
  source: unknown,
  parent: Place,
  key: string | number,
  isNonNull: boolean,
): unknown {
  const parts: Record<string, unknown> = {};
  const place: Place = { parent, key, isNonNull, parts, isNull: false };
  for (const field of fields) {
    const part = resolveField(execution, field, source, place);
    if (part === FAILED) return lost(place);
    parts[field.key] = part;
  }
  return parts;
}

/** Nothing of it is left, nor perhaps of what holds it. */
function lost(place: Place): unknown {
  place.isNull = true;
  return place.isNonNull ? FAILED : null;
}

function completeList(
  execution: Execution,
  field: FieldPlan,
  { element: plan }: ListPlan,
  value: unknown,
  parent: Place,
  key: string | number,
  isNonNull: boolean,
): unknown {
  const completing = field.isEntities ? completeEntity : complete;
  const elements = elementsOf(value, field);
  const parts: unknown[] = [];
  const place: Place = { parent, key, isNonNull, parts, isNull: false };
  for (let index = 0; index < elements.length; index++) {
    let part: unknown;
    try {
      const element = elements[index];
      part = isPromise(element) ? later(execution, field, place, index, plan, element, completing) : completing(execution, field, plan, element, place, index);
    } catch (error) {
      part = failed(execution, field, place, index, plan, error);
    }
    if (part === FAILED) {
      ignoreElements(elements.slice(index + 1));
      return lost(place);
    }
    parts.push(part);
  }
  return parts;
}

/** What nobody will see need not be waited for; but a promise that nobody waits for ends the process when it fails. */
function ignoreElements(value: unknown): void {
  if (!Array.isArray(value)) return;
  for (const element of value) if (isPromise(element)) element.then(undefined, () => undefined);
}

/**
 * An element of `_entities`: what the reference resolver of the representation's type answers, and of that type. One that
 * fails costs no other.
 */
function completeEntity(execution: Execution, field: FieldPlan, plan: ValuePlan, representation: unknown, place: Place, index: string | number): unknown {
  const { content } = plan;
  if (content.kind !== 'abstract') throw new Error('entities are of an abstract type');
  const given = representation as Arguments;
  const { type, resolveReference } = representedBy(execution.plan.schema, given);
  const found = resolveReference ? resolveReference(given, execution.context, new ResolveInfo(execution, field, place)) : given;
  const completeFound: Complete = (_execution, _field, _plan, value) => {
    if (value instanceof Error) throw value;
    return value === null || value === undefined ? null : completeObject(execution, content.of(type), value, place, index, plan.isNonNull);
  };
  return isPromise(found) ? later(execution, field, place, index, plan, found, completeFound) : completeFound(execution, field, plan, found, place, index);
}

function elementsOf(value: unknown, { parentType, name }: FieldPlan): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return Array.from(value as Iterable<unknown>);
  throw new Error(`Expected Iterable, but did not find one for field "${parentType.name}.${name}".`);
}

function completeAbstract(
  execution: Execution,
  field: FieldPlan,
  plan: ValuePlan,
  { type, of }: AbstractPlan,
  value: unknown,
  place: Place,
  key: string | number,
): unknown {
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const asType = (name: unknown) => completeObject(execution, of(runtimeTypeOf(execution, field, type, name)), value, place, key, plan.isNonNull);
  const name = resolveType(value, execution.context, new ResolveInfo(execution, field, place), type);
  return isPromise(name) ? later(execution, field, place, key, plan, name, (_execution, _field, _plan, found) => asType(found)) : asType(name);
}

function runtimeTypeOf({ plan: { schema } }: Execution, field: FieldPlan, abstract: AbstractPlan['type'], name: unknown): GraphQLObjectType {
  const type = typeof name === 'string' ? schema.getType(name) : undefined;
  if (isObjectType(type) && schema.isSubType(abstract, type)) return type;
  throw new Error(
    `A value of "${field.parentType.name}.${field.name}" must be of an object type of "${abstract.name}"; it was said to be of "${String(name)}".`,
  );
}
