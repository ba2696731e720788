import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Execution } from './execution.ts';
import { type Place, pathOf } from './places.ts';
import type { FieldPlan } from './plan.ts';

type Path = GraphQLResolveInfo['path'];

/** What a resolver may ask about its field: made for each call, worked out only when asked. */
export class ResolveInfo implements GraphQLResolveInfo {
  readonly #execution: Execution;
  readonly #field: FieldPlan;
  readonly #place: Place;

  constructor(execution: Execution, field: FieldPlan, place: Place) {
    this.#execution = execution;
    this.#field = field;
    this.#place = place;
  }

  get fieldName(): string {
    return this.#field.name;
  }
  get fieldNodes() {
    return this.#field.nodes;
  }
  get returnType() {
    return this.#field.definition.type;
  }
  get parentType(): GraphQLObjectType {
    return this.#field.parentType;
  }
  get path(): Path {
    let path: Path | undefined;
    for (const key of pathOf(this.#place, this.#field.key)) path = { prev: path, key, typename: undefined };
    if (!path) throw new Error('a field has a path');
    return { ...path, typename: this.#field.parentType.name };
  }
  get schema() {
    return this.#execution.plan.schema;
  }
  get fragments() {
    return this.#execution.plan.fragments;
  }
  get rootValue(): undefined {
    return undefined;
  }
  get operation() {
    return this.#execution.plan.operation;
  }
  get variableValues() {
    return this.#execution.variables;
  }
}
