import type { FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { emptyShape, type MergeShape, mergeShapeOf } from './merge.ts';
import type { PlanPath } from './places.ts';
import { addRewrittenKeys } from './rewrites.ts';

/** Where values stand: paths of response keys, without positions in lists. */
type Places = ReadonlySet<string>;

/** A part of a plan, and what it takes from the others and gives to them. */
interface Part {
  readonly node: PlanNode;
  readonly path: PlanPath;
  readonly needs: Places;
  readonly gives: Places;
}

/**
 * The plan, with nothing asked for before what it requires is there: of what is fetched to get at a key, the planner may
 * place the fetch that uses it before the one that brings the rest of what it requires.
 */
export const inOrderOfNeed = (node: PlanNode): PlanNode => ordered(partOf(node, []), new Set());

function partOf(node: PlanNode, path: PlanPath): Part {
  if (node.kind === 'Fetch') return { node, path, needs: needsOf(node, path), gives: givesOf(node, path) };
  if (node.kind === 'Flatten') return { ...partOf(node.node, [...path, ...node.path.map(String)]), node, path };
  const parts = partsIn(node, path);
  const gives = new Set(parts.flatMap((part) => [...part.gives]));
  return { node, path, needs: new Set(parts.flatMap((part) => [...part.needs]).filter((place) => !gives.has(place))), gives };
}

const partsIn = (node: PlanNode, path: PlanPath): Part[] =>
  node.kind === 'Sequence' || node.kind === 'Parallel' ? node.nodes.map((inner) => partOf(inner, path)) : [];

function ordered({ node, path }: Part, known: Places): PlanNode {
  if (node.kind !== 'Sequence' && node.kind !== 'Parallel') return node;
  const rounds = roundsOf(partsIn(node, path), known, node.kind === 'Sequence');
  const nodes: PlanNode[] = [];
  const there = new Set(known);
  for (const round of rounds) {
    const inner = round.map((part) => ordered(part, there));
    nodes.push(...(node.kind === 'Sequence' || rounds.length === 1 ? inner : [{ kind: 'Parallel' as const, nodes: inner }]));
    for (const part of round) for (const place of part.gives) there.add(place);
  }
  return { kind: rounds.length === 1 ? node.kind : 'Sequence', nodes };
}

/**
 * What can be carried out at once, then what has to wait for it, and so on; in a sequence one by one. Parts that wait for
 * each other are taken apart; what then still goes in a circle stays as it is.
 */
function roundsOf(parts: readonly Part[], known: Places, isSequence: boolean): Part[][] {
  const rounds: Part[][] = [];
  const there = new Set(known);
  let left = parts;
  while (left.length > 0) {
    const ready = left.filter((part) => !left.some((other) => other !== part && isWaitingFor(part, other, there)));
    const opened =
      ready.length > 0 ? [] : left.flatMap((part) => (part.node.kind === 'Sequence' || part.node.kind === 'Parallel' ? partsIn(part.node, part.path) : [part]));
    if (opened.length > left.length) {
      left = opened;
      continue;
    }
    const first = ready.length > 0 ? ready : left;
    const round = isSequence ? first.slice(0, 1) : [...first];
    rounds.push(round);
    for (const part of round) for (const place of part.gives) there.add(place);
    left = left.filter((part) => !round.includes(part));
  }
  return rounds;
}

const isWaitingFor = ({ needs }: Part, { gives }: Part, there: Places): boolean => [...needs].some((place) => !there.has(place) && gives.has(place));

const TYPENAME = '__typename';

function needsOf({ requires = [] }: FetchNode, path: PlanPath): Set<string> {
  const places = new Set<string>();
  const add = (selections: readonly QueryPlanSelectionNode[], at: string): void => {
    for (const selection of selections) {
      const place = selection.kind === 'Field' ? below(at, selection.alias ?? selection.name) : at;
      if (selection.selections) add(selection.selections, place);
      else if (selection.kind === 'Field' && selection.name !== TYPENAME) places.add(place);
    }
  };
  add(requires, placeOf(path));
  return places;
}

function givesOf(node: FetchNode, path: PlanPath): Set<string> {
  const places = new Set<string>();
  const add = ({ fields }: MergeShape, at: string): void => {
    for (const [key, shape] of fields) {
      if (shape) add(shape, below(at, key));
      else if (key !== TYPENAME) places.add(below(at, key));
    }
  };
  const answer = node.operationDocumentNode ? mergeShapeOf(node.operationDocumentNode) : emptyShape();
  const shape = node.requires ? (answer.fields.get('_entities') ?? emptyShape()) : answer;
  addRewrittenKeys(shape, node.outputRewrites);
  add(shape, placeOf(path));
  return places;
}

const placeOf = (path: PlanPath): string => path.filter((step) => step !== '@').join('.');

const below = (place: string, key: string): string => (place === '' ? key : `${place}.${key}`);
