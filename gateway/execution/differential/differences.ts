import type { GraphQLError } from 'graphql';
import type { Call, Outcome } from './both-executors.ts';
import type { RandomOperation } from './random-operations.ts';

/**
 * In what two outcomes differ, beyond the stock executor's known faults:
 * - an error's path may hold `@` and `_entities`, which only the plan knows;
 * - an error of an entity may be placed at another element of a list, where not every element was asked for;
 * - a field that is selected several times may come before its turn;
 * - nulls that go up, and values that clients must not see, are told in `extensions` only, and not at all beside other errors;
 * - a dead reference is told of as a missing field inside it;
 * - a fragment inside a fragment on an interface is lost, where the plan does not ask for the object's type;
 * - an object loses its type to the interface under which a subgraph knows it;
 * - an object is asked for without any of its keys, by what a field of another type requires;
 * - what is missing of an object for one field costs it all that the subgraph has.
 * Each has a test of its own in `stock-faults.test.ts`.
 */
export function differences(operation: RandomOperation, stock: Outcome, own: Outcome, calls: readonly Call[], ownCalls: readonly Call[]): string[] {
  if (calls.some((call) => call.isKeyless || isTypeLost(call))) return strayPaths(own);
  const known = answersIn(calls);
  const isMore = [...answersIn(ownCalls)].some((one) => !known.has(one)) && holdsAll(own.data, stock.data);
  const ownData = FRAGMENT_IN_FRAGMENT.test(operation.query) ? withoutLost(own.data, stock.data) : own.data;
  return [...(isMore ? [] : dataDifferences(operation, stock.data, ownData)), ...errorDifferences(stock, own, isMore), ...strayPaths(own)];
}

/** Each field that was answered of each representation, in whichever call: several may go in one. */
const answersIn = (calls: readonly Call[]): ReadonlySet<string> =>
  new Set(
    calls.flatMap(({ subgraph, variables, answer }) =>
      Object.keys(variables).flatMap((name) => {
        const entities = listIn(answer.data, REPRESENTATIONS.exec(name)?.[1] ?? '_entities');
        return REPRESENTATIONS.test(name)
          ? listIn(variables, name).flatMap((sent, index) => Object.keys(entities[index] ?? {}).map((field) => `${subgraph} ${JSON.stringify(sent)} ${field}`))
          : [];
      }),
    ),
  );

/** The variable of representations, and what of its name is the response key of a call that asks for several. */
const REPRESENTATIONS = /^representations(_\d+)?$/;

const listIn = (holder: unknown, key: string): readonly (Record<string, unknown> | null)[] => {
  const list: unknown = typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined;
  return Array.isArray(list) ? list : [];
};

function isTypeLost({ variables, answer }: Call): boolean {
  const [sent, received] = [listIn(variables, 'representations'), listIn(answer.data, '_entities')];
  return received.some((entity, index) => entity?.['__typename'] === 'Media' && sent[index]?.['__typename'] === 'Media');
}

/** A fragment with another one at its beginning or behind fields of it. */
const FRAGMENT_IN_FRAGMENT = /\bon \w+[^{}]*\{[^}]*\.\.\. on /;

/** Without the fields that are not in an object at the same place of the other: not even as null. */
function withoutLost(one: unknown, other: unknown): unknown {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return one;
  if (Array.isArray(one)) return one.map((element, index) => withoutLost(element, Reflect.get(other, index)));
  return Object.fromEntries(Object.entries(one).flatMap(([key, value]) => (key in other ? [[key, withoutLost(value, Reflect.get(other, key))]] : [])));
}

/** Whether one holds everything that the other does, and something where that has nothing. */
function holdsAll(one: unknown, other: unknown): boolean {
  if (other === null || JSON.stringify(one) === JSON.stringify(other)) return true;
  if (typeof one !== 'object' || one === null || typeof other !== 'object') return false;
  return Object.entries(other).every(([key, value]) => holdsAll(Reflect.get(one, key), value));
}

function dataDifferences({ query }: RandomOperation, stock: unknown, own: unknown): string[] {
  if (JSON.stringify(stock) === JSON.stringify(own)) return [];
  if (JSON.stringify(inAlphabet(stock)) !== JSON.stringify(inAlphabet(own))) return [`the data differs: ${JSON.stringify(stock)} ${JSON.stringify(own)}`];
  return isAnySelectedTwice(query) ? [] : ['the order of the keys differs'];
}

function inAlphabet(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inAlphabet);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inAlphabet(inner)]),
  );
}

const isAnySelectedTwice = (query: string): boolean => {
  const names = query.match(/\b[a-zA-Z_]+\b(?=[^:{}]*\{)|\.\.\.F\d+/g) ?? [];
  return new Set(names).size < names.length;
};

const isNullGoingUp = ({ message }: GraphQLError): boolean => message.startsWith('Cannot return null for non-nullable');
const isOfShape = (error: GraphQLError): boolean => isNullGoingUp(error) || /^Invalid (value|__typename) found for /.test(error.message);

const placed = ({ path, message }: GraphQLError): string => {
  const end = path?.findIndex((step) => step === '@' || step === '_entities') ?? -1;
  return JSON.stringify([end === -1 ? path : path?.slice(0, end), message]);
};

/** `isMore`: whether ours asked for what the stock executor did not, and was told of what went wrong there. */
function errorDifferences(stock: Outcome, own: Outcome, isMore: boolean): string[] {
  const [stockErrors, ownErrors] = [stock.errors ?? stock.extensions?.valueCompletion ?? [], own.errors ?? []];
  const [stockPlaced, ownPlaced] = [new Set(stockErrors.map(placed)), new Set(ownErrors.map(placed))];
  const ownMessages = new Set(ownErrors.map(({ message }) => message));
  const missing = stockErrors.filter((error) => {
    if (ownPlaced.has(placed(error))) return false;
    const isMisplaced = ownMessages.has(error.message) && !leadsTo(stock.data, error.path ?? [], (end) => end === null);
    // Only a null that nobody told of otherwise may be a dead reference, which is no error.
    return !isMisplaced && !(isNullGoingUp(error) && !stock.errors);
  });
  const stockMessages = new Set(stockErrors.map(({ message }) => message));
  const added = ownErrors.filter((error) => {
    if (stockPlaced.has(placed(error)) || (isMore && leadsTo(stock.data, error.path ?? [], (end) => end === null))) return false;
    if (isOfShape(error)) return !leadsTo(own.data, error.path ?? [], (end) => end === null);
    return !stockMessages.has(error.message);
  });
  return [...missing.map((error) => `missing: ${placed(error)}`), ...added.map((error) => `added: ${placed(error)}`)];
}

/** The places of errors that hold a value all the same. An object or a list may stand where an entity failed: it lacks fields only. */
export function strayPaths({ data, errors = [] }: Outcome): string[] {
  const isUnanswered = (end: unknown) => end === undefined || typeof end === 'object';
  return errors.filter(({ path }) => path && !leadsTo(data, path, isUnanswered)).map((error) => `stray: ${placed(error)}`);
}

function leadsTo(data: unknown, path: readonly (string | number)[], is: (end: unknown) => boolean): boolean {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) break;
    value = Reflect.get(value, step);
  }
  return is(value);
}
