import type { FormattedExecutionResult } from 'graphql';
import type { Data } from './data.ts';
import { ask, fail, type Question, questionsOf, representationsOf, settle } from './entity-fetches.ts';
import { type Fetch, isolated } from './fetches.ts';
import { answerOf, entitiesQuery, type MergedCall, mergedCall } from './merged-calls.ts';
import { objectsAt } from './places.ts';
import type { Run, Step } from './run.ts';

/** Subgraphs limit how many aliases an operation may have. */
export const MOST_MERGED = 10;
/** Nearly always the same of them have something to ask for; what clients can make of it is bounded. */
const KEPT_CALLS = 16;

/** Whether what a fetch asks for may go into one call with what others do: entities, by variables that all objects share. */
export const isMergeable = ({ node, path, contexts, call }: Fetch): boolean =>
  node.requires !== undefined && path.length > 0 && contexts.length === 0 && entitiesQuery(call.document) !== null;

/** Carries out fetches of entities from one subgraph at the same time, in one call. */
export function compileMergedFetches(fetches: readonly Fetch[]): Step {
  const calls = new Map<string, MergedCall>();
  /** Which of them have something to ask for depends on what there is. */
  const callFor = (questions: readonly Question[]): MergedCall => {
    const key = questions.map(({ fetch }) => fetches.indexOf(fetch)).join();
    const known = calls.get(key);
    if (known) return known;
    if (calls.size >= KEPT_CALLS) calls.clear();
    const call = mergedCall(questions.map(({ fetch }) => fetch.call));
    calls.set(key, call);
    return call;
  };
  return async (run) => {
    const questions = fetches.flatMap((fetch) => questionsOf(run, fetch, objectsAt(run.root, fetch.path)));
    const together = questions.filter(({ fetch }) => fetches.includes(fetch));
    const apart = together.length > 1 ? questions.filter(({ fetch }) => !fetches.includes(fetch)) : questions;
    const asking = apart.map((question) => ask(run, question));
    if (together.length > 1) asking.push(askTogether(run, callFor(together), together));
    await Promise.all(asking);
  };
}

async function askTogether(run: Run, merged: MergedCall, questions: readonly Question[]): Promise<void> {
  const received = await answerTo(run, merged, questions);
  if (received === null) return;
  const unanswered: Question[] = [];
  for (const [index, question] of questions.entries()) {
    const part = merged.parts[index];
    const answer = part ? answerOf(part, merged, received) : null;
    if (answer === null) unanswered.push(question);
    else settle(run, question, isolated(question.fetch, answer));
  }
  await Promise.all(unanswered.map((question) => ask(run, question)));
}

/** Null where nothing came of the call, which is told of for each of the questions. */
async function answerTo(run: Run, { call, parts }: MergedCall, questions: readonly Question[]): Promise<FormattedExecutionResult | null> {
  const variables: Data = {};
  for (const [index, question] of questions.entries()) {
    Object.assign(variables, question.variables);
    const part = parts[index];
    if (part) variables[part.variable] = representationsOf(question);
  }
  try {
    return await run.send(questions[0]?.fetch.subgraph ?? '', { ...call, variables });
  } catch (error) {
    for (const question of questions) fail(run, question, error);
    return null;
  }
}
