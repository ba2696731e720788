import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError, visit } from 'graphql';
import { type Completing, completedFetch } from './completed-fetches.ts';
import { compileFetch } from './fetch-steps.ts';
import { fetchOf } from './fetches.ts';
import { mergeShapeOf } from './merge.ts';
import { compileMergedFetches, isMergeable } from './merged-fetches.ts';
import type { PlanPath } from './places.ts';
import { inOrderOfNeed } from './plan-order.ts';
import { type PlanGround, type PlanReading, planReading } from './plan-reading.ts';
import type { PlannedOperation } from './planned-operation.ts';
import type { Step } from './run.ts';
import { compileSchedule, type Task } from './schedule.ts';

export interface CompiledPlan {
  readonly carryOut: Step;
  /** The response keys at the root that some fetch answers. */
  readonly rootKeys: ReadonlySet<string>;
  /** Whether a response key is one that every plain object inherits, such as `constructor`. */
  readonly isIsolated: boolean;
}

interface Compilation {
  readonly reading: PlanReading;
  /** Whether fetches that ask one subgraph for entities go into one call. */
  readonly isMerging: boolean;
  readonly rootKeys: Set<string>;
  /** Null where the planner leaves out nothing that a subgraph may answer. */
  readonly completing: Completing | null;
  /** All that there is to carry out, each behind what it is after. */
  readonly tasks: Task[];
}

export function compilePlan({ node }: QueryPlan, planned: PlannedOperation, ground: PlanGround, isMerging: boolean): CompiledPlan {
  if (node?.kind === 'Subscription') throw notSupported('Subscriptions');
  const isIsolated = [...(planned.document ? [planned.document] : []), ...(node ? documentsOf(node) : [])].some(hasInheritedKey);
  const { members, conditions } = ground;
  const completing = planned.document && members && { document: planned.document, members, conditions };
  const compilation: Compilation = { reading: planReading(ground, planned, isIsolated), isMerging, rootKeys: new Set(), completing, tasks: [] };
  if (node) addTasks(inOrderOfNeed(node), [], [], compilation);
  return { carryOut: compileSchedule(compilation.tasks, compileMergedFetches), rootKeys: compilation.rootKeys, isIsolated };
}

/** Adds the fetches of a part of the plan; answers those that whatever follows it is after. */
function addTasks(node: PlanNode, path: PlanPath, after: readonly Task[], compilation: Compilation): readonly Task[] {
  switch (node.kind) {
    case 'Fetch':
      return [addTask(node, path, after, compilation)];
    case 'Flatten':
      return addTasks(node.node, [...path, ...node.path.map(String)], after, compilation);
    case 'Sequence':
      return node.nodes.reduce((before, inner) => addTasks(inner, path, before, compilation), after);
    case 'Parallel':
      return node.nodes.length === 0 ? after : node.nodes.flatMap((inner) => addTasks(inner, path, after, compilation));
    case 'Condition':
      throw new Error('@skip and @include are decided before an operation is planned');
    case 'Defer':
      throw notSupported('@defer');
  }
}

function addTask(planned: FetchNode, path: PlanPath, after: readonly Task[], { reading, isMerging, rootKeys, completing, tasks }: Compilation): Task {
  const node = completing ? completedFetch(planned, path, completing) : planned;
  if (path.length === 0 && node.operationDocumentNode) {
    for (const key of mergeShapeOf(node.operationDocumentNode).fields.keys()) rootKeys.add(key);
  }
  const fetch = fetchOf(node, path, reading);
  const task: Task = { after, carryOut: compileFetch(fetch), mergeable: isMerging && isMergeable(fetch) ? fetch : null };
  tasks.push(task);
  return task;
}

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
