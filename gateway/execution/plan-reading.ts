import type { DocumentNode, SelectionSetNode } from 'graphql';
import { visit } from 'graphql';
import type { PartialMembers } from '../supergraph/partial-members.ts';
import type { Original } from '../supergraph/plannable.ts';
import type { PlannedOperation } from './planned-operation.ts';
import type { TypeConditions } from './type-conditions.ts';

/** What is known of the supergraph that plans are made for. */
export interface PlanGround {
  /** Over the whole supergraph, with what clients cannot see: plans speak of that too. */
  readonly conditions: TypeConditions;
  /** Fields that only the planner knows, to what subgraphs are asked for instead. */
  readonly standIns: ReadonlyMap<string, Original>;
  /** Subgraphs that only the planner knows, to those that are asked instead. */
  readonly twins: ReadonlyMap<string, string>;
  /** What a subgraph must be told of an object for a field: by `subgraph Type.field`. */
  readonly requirements: ReadonlyMap<string, SelectionSetNode>;
  /** The names of each of a type's keys: by `subgraph Type`. */
  readonly keys: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Null where all subgraphs know the same members of unions and interfaces. */
  readonly members: PartialMembers | null;
}

/** One plan, with what its names stand for. */
export interface PlanReading extends PlanGround {
  /** Whether a response key of the plan is one that every plain object inherits, such as `constructor`. */
  readonly isIsolated: boolean;
  readonly clientVariables: ReadonlyMap<string, string>;
  /** A step of a path as the client knows it. */
  clientStep(step: string | number): string | number;
}

export function planReading(ground: PlanGround, { clientVariables, clientKeys }: PlannedOperation, isIsolated: boolean): PlanReading {
  return {
    ...ground,
    isIsolated,
    clientVariables,
    clientStep: (step) => (typeof step === 'number' ? step : (clientKeys.get(step) ?? ground.standIns.get(step)?.name ?? step)),
  };
}

/** The document as a subgraph is sent it: a stand-in is an alias of what it stands for. */
export function withOriginals(document: DocumentNode, standIns: ReadonlyMap<string, Original>): DocumentNode {
  if (standIns.size === 0) return document;
  return visit(document, {
    Field: (field) => {
      const original = standIns.get(field.name.value);
      if (!original) return undefined;
      return { ...field, alias: field.alias ?? field.name, name: { ...field.name, value: original.name }, arguments: original.arguments };
    },
  });
}
