import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError, visit } from 'graphql';
import { compileFetch } from './fetch-steps.ts';
import { type Fetch, fetchOf } from './fetches.ts';
import { mergeShapeOf } from './merge.ts';
import { compileMergedFetches, isMergeable, MOST_MERGED } from './merged-fetches.ts';
import type { PlanPath } from './places.ts';
import { inOrderOfNeed } from './plan-order.ts';
import { type PlanGround, type PlanReading, planReading } from './plan-reading.ts';
import type { PlannedOperation } from './planned-operation.ts';
import type { Step } from './run.ts';

export interface CompiledPlan {
  readonly carryOut: Step;
  /** The response keys at the root that some fetch answers. */
  readonly rootKeys: ReadonlySet<string>;
  /** Whether a response key is one that every plain object inherits, such as `constructor`. */
  readonly isIsolated: boolean;
}

interface Compilation {
  readonly reading: PlanReading;
  /** Whether parallel fetches from one subgraph go into one call. */
  readonly isMerging: boolean;
  readonly rootKeys: Set<string>;
}

export function compilePlan({ node }: QueryPlan, planned: PlannedOperation, ground: PlanGround, isMerging: boolean): CompiledPlan {
  if (node?.kind === 'Subscription') throw notSupported('Subscriptions');
  const isIsolated = [...(planned.document ? [planned.document] : []), ...(node ? documentsOf(node) : [])].some(hasInheritedKey);
  const compilation: Compilation = { reading: planReading(ground, planned, isIsolated), isMerging, rootKeys: new Set() };
  const carryOut = node ? compileNode(inOrderOfNeed(node), [], compilation) : async () => {};
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
      return compileParallel(node.nodes.map(chainOf), path, compilation);
    case 'Condition':
      throw new Error('@skip and @include are decided before an operation is planned');
    case 'Defer':
      throw notSupported('@defer');
  }
}

/** What is carried out one after another. */
type Chain = readonly PlanNode[];

/** A chain that begins with a fetch which others may be merged with. */
interface Beginning {
  readonly fetch: Fetch;
  readonly rest: Chain;
}

const chainOf = (node: PlanNode): Chain => (node.kind === 'Sequence' ? node.nodes : [node]);

/** Chains that begin at the same subgraph begin with one call; what remains of them is parallel again. */
function compileParallel(chains: readonly Chain[], path: PlanPath, compilation: Compilation): Step {
  const steps: Step[] = [];
  const beginnings: Beginning[] = [];
  for (const chain of chains) {
    const beginning = compilation.isMerging ? beginningOf(chain, path, compilation.reading) : null;
    if (beginning) beginnings.push(beginning);
    else steps.push(inSequence(chain.map((node) => compileNode(node, path, compilation))));
  }
  for (const all of Map.groupBy(beginnings, ({ fetch }) => fetch.subgraph).values()) {
    for (let from = 0; from < all.length; from += MOST_MERGED) {
      const together = all.slice(from, from + MOST_MERGED);
      const merged = compileMergedFetches(together.map(({ fetch }) => fetch));
      const rests = together.map(({ rest }) => rest).filter((rest) => rest.length > 0);
      steps.push(rests.length === 0 ? merged : inSequence([merged, compileParallel(rests, path, compilation)]));
    }
  }
  return inParallel(steps);
}

function beginningOf([head, ...rest]: Chain, path: PlanPath, reading: PlanReading): Beginning | null {
  if (head?.kind !== 'Flatten' || head.node.kind !== 'Fetch') return null;
  const fetch = fetchOf(head.node, [...path, ...head.path.map(String)], reading);
  return isMergeable(fetch) ? { fetch, rest } : null;
}

function inSequence(steps: readonly Step[]): Step {
  const [first] = steps;
  if (first && steps.length === 1) return first;
  return async (run) => {
    for (const step of steps) await step(run);
  };
}

function inParallel(steps: readonly Step[]): Step {
  const [first] = steps;
  if (first && steps.length === 1) return first;
  return async (run) => {
    await Promise.all(steps.map((step) => step(run)));
  };
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
