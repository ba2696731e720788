import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError, visit } from 'graphql';
import { compileFetch } from './fetch-steps.ts';
import { mergeShapeOf } from './merge.ts';
import type { PlanPath } from './places.ts';
import { type PlanGround, type PlanReading, planReading } from './plan-reading.ts';
import type { PlannedOperation } from './planned-operation.ts';
import type { Run, Step } from './run.ts';

export interface CompiledPlan {
  readonly carryOut: Step;
  /** The response keys at the root that some fetch answers. */
  readonly rootKeys: ReadonlySet<string>;
  /** Whether a response key is one that every plain object inherits, such as `constructor`. */
  readonly isIsolated: boolean;
}

interface Compilation {
  readonly reading: PlanReading;
  readonly rootKeys: Set<string>;
}

export function compilePlan({ node }: QueryPlan, planned: PlannedOperation, ground: PlanGround): CompiledPlan {
  if (node?.kind === 'Subscription') throw notSupported('Subscriptions');
  const isIsolated = [...(planned.document ? [planned.document] : []), ...(node ? documentsOf(node) : [])].some(hasInheritedKey);
  const compilation: Compilation = { reading: planReading(ground, planned, isIsolated), rootKeys: new Set() };
  const carryOut = node ? compileNode(node, [], compilation) : async () => {};
  return { carryOut, rootKeys: compilation.rootKeys, isIsolated };
}

function compileNode(node: PlanNode, path: PlanPath, compilation: Compilation): Step {
  switch (node.kind) {
    case 'Fetch':
      if (path.length === 0 && node.operationDocumentNode) {
        for (const key of mergeShapeOf(node.operationDocumentNode).fields.keys()) compilation.rootKeys.add(key);
      }
      return compileFetch(node, path, compilation.reading);
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path.map(String)], compilation);
    case 'Sequence':
      return inSequence(node.nodes.map((inner) => compileNode(inner, path, compilation)));
    case 'Parallel':
      return inParallel(node.nodes.map((inner) => compileNode(inner, path, compilation)));
    case 'Condition':
      throw new Error('@skip and @include are decided before an operation is planned');
    case 'Defer':
      throw notSupported('@defer');
  }
}

const inSequence =
  (steps: readonly Step[]): Step =>
  async (run) => {
    for (const step of steps) await step(run);
  };

const inParallel =
  (steps: readonly Step[]): Step =>
  async (run: Run) => {
    await Promise.all(steps.map((step) => step(run)));
  };

const notSupported = (what: string) =>
  new GraphQLError(`${what} cannot be carried out here; send a query or a mutation.`, { extensions: { code: 'BAD_USER_INPUT' } });

function documentsOf(node: PlanNode): DocumentNode[] {
  if (node.kind === 'Fetch') return node.operationDocumentNode ? [node.operationDocumentNode] : [];
  if (node.kind === 'Flatten') return documentsOf(node.node);
  return node.kind === 'Defer' || node.kind === 'Condition' ? [] : node.nodes.flatMap(documentsOf);
}

function hasInheritedKey(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    Field: ({ alias, name }) => {
      isFound ||= (alias ?? name).value in Object.prototype;
    },
  });
  return isFound;
}
