import { type FormattedExecutionResult, type GraphQLFormattedError, print, visit } from 'graphql';
import { type Data, isData } from './data.ts';
import { ask, fail, type Question, questionsOf, settle } from './entity-fetches.ts';
import { type Fetch, isolated } from './fetches.ts';
import { answerOf, entitiesQuery, type MergedCall, mergedCall } from './merged-calls.ts';
import { objectsAt } from './places.ts';
import type { Answered, Run, SubgraphCall } from './run.ts';
import type { CarryOutFetches } from './schedule.ts';

/** Subgraphs limit how many aliases an operation may have. */
const MOST_MERGED = 10;
/** Nearly always the same of them have something to ask for; what clients can make of it is bounded. */
const KEPT_CALLS = 16;

/** Whether what a fetch asks for may go into one call with what others do: entities, by variables that all objects share. */
export const isMergeable = ({ node, path, contexts, call }: Fetch): boolean =>
  node.requires !== undefined && path.length > 0 && contexts.length === 0 && entitiesQuery(call.document) !== null;

/** Questions with the same words, for objects in different places: entities of theirs that are the same are asked for once. */
interface Inquiry {
  readonly fetch: Fetch;
  readonly variables: Readonly<Data>;
  readonly representations: readonly Data[];
  readonly questions: readonly { readonly question: Question /** Where its entities are among the representations. */; readonly indexes: readonly number[] }[];
}

/** Carries out fetches of entities from one subgraph at the same time, in one call. */
export function compileMergedFetches(fetches: readonly Fetch[]): CarryOutFetches {
  const speakers = new Map([...Map.groupBy(fetches, wordsOf).values()].flatMap((alike) => alike.map((fetch) => [fetch, alike[0]] as const)));
  const calls = new Map<string, MergedCall>();
  /** Which of them have something to ask for depends on what there is. */
  const callFor = (inquiries: readonly Inquiry[]): MergedCall => {
    const key = inquiries.map(({ fetch }) => fetches.indexOf(fetch)).join();
    const known = calls.get(key);
    if (known) return known;
    if (calls.size >= KEPT_CALLS) calls.clear();
    const call = mergedCall(inquiries.map(({ fetch }) => fetch.call));
    calls.set(key, call);
    return call;
  };
  return async (run, ready) => {
    const questions = ready.flatMap((fetch) => questionsOf(run, fetch, objectsAt(run.root, fetch.path)));
    const bySpeaker = Map.groupBy(questions, ({ fetch }) => speakers.get(fetch) ?? null);
    const asking = (bySpeaker.get(null) ?? []).map((question) => ask(run, question));
    const inquiries = [...bySpeaker].flatMap(([speaker, alikeOnes]) => (speaker ? [inquiryOf(speaker, alikeOnes)] : []));
    for (let from = 0; from < inquiries.length; from += MOST_MERGED) {
      const together = inquiries.slice(from, from + MOST_MERGED);
      const [only] = together;
      asking.push(only && together.length === 1 ? inquire(run, only) : inquireTogether(run, callFor(together), together));
    }
    await Promise.all(asking);
  };
}

/** Equal for fetches that differ only in where their objects are, and in their names. */
function wordsOf({ node, call }: Fetch): string {
  const document = call.document && visit(call.document, { OperationDefinition: ({ name: _name, ...operation }) => operation });
  return JSON.stringify([node.serviceName, document && print(document), node.requires, node.inputRewrites ?? [], node.outputRewrites ?? []]);
}

function inquiryOf(fetch: Fetch, questions: readonly Question[]): Inquiry {
  const indexes = new Map<string, number>();
  const representations: Data[] = [];
  const indexed = questions.map((question) => ({
    question,
    indexes: question.entities.map(({ identity, representation }) => {
      const known = indexes.get(identity);
      if (known !== undefined) return known;
      indexes.set(identity, representations.length);
      return representations.push(representation) - 1;
    }),
  }));
  return { fetch, variables: questions[0]?.variables ?? {}, representations, questions: indexed };
}

async function inquire(run: Run, inquiry: Inquiry): Promise<void> {
  const { fetch, variables, representations } = inquiry;
  const received = await answerTo(run, [inquiry], { ...fetch.call, variables: { ...variables, representations } });
  if (received) await settleAll(run, inquiry, received);
}

async function inquireTogether(run: Run, merged: MergedCall, inquiries: readonly Inquiry[]): Promise<void> {
  const variables: Data = {};
  for (const [index, inquiry] of inquiries.entries()) {
    Object.assign(variables, inquiry.variables);
    const part = merged.parts[index];
    if (part) variables[part.variable] = inquiry.representations;
  }
  const received = await answerTo(run, inquiries, { ...merged.call, variables });
  if (received === null) return;
  const settling = inquiries.map((inquiry, index) => {
    const part = merged.parts[index];
    const answer = part ? answerOf(part, merged, received) : null;
    return answer === null ? inquire(run, inquiry) : settleAll(run, inquiry, answer);
  });
  await Promise.all(settling);
}

/** Null where nothing came of the call, which is told of for each of the questions. */
async function answerTo(run: Run, inquiries: readonly Inquiry[], call: SubgraphCall): Promise<Answered | null> {
  try {
    return await run.send(inquiries[0]?.fetch.subgraph ?? '', call);
  } catch (error) {
    for (const { questions } of inquiries) for (const { question } of questions) fail(run, question, error);
    return null;
  }
}

/** To each question what it would have been answered by itself. Where one entity cost all of them the answer, only asking by themselves tells. */
async function settleAll(run: Run, { questions, representations }: Inquiry, received: Answered): Promise<void> {
  if (questions.length > 1 && !isData(received.data)) {
    await Promise.all(questions.map(({ question }) => ask(run, question)));
    return;
  }
  const isShared = received.isShared || questions.length > 1;
  for (const { question, indexes } of questions) {
    const own = questions.length > 1 ? ownAnswer(received, indexes, representations.length) : received;
    settle(run, question, isolated(question.fetch, { ...own, isShared }));
  }
}

function ownAnswer({ data, errors }: FormattedExecutionResult, indexes: readonly number[], asked: number): FormattedExecutionResult {
  const own = errors?.flatMap((error) => ownErrors(error, indexes));
  const entities: unknown = data?.['_entities'];
  const whole = Array.isArray(entities) && entities.length === asked ? indexes.map((index): unknown => entities[index]) : entities;
  return { ...(data !== undefined && { data: data && { _entities: whole } }), ...(own && own.length > 0 && { errors: own }) };
}

/** An error that names no entity is everybody's. */
function ownErrors(error: GraphQLFormattedError, indexes: readonly number[]): GraphQLFormattedError[] {
  const [root, index, ...rest] = error.path ?? [];
  if (typeof index !== 'number') return [error];
  const own = indexes.indexOf(index);
  return own === -1 ? [] : [{ ...error, path: [root ?? '_entities', own, ...rest] }];
}
