type Path = readonly (string | number)[];
type Told = { readonly message?: unknown; readonly path?: Path; readonly extensions?: { readonly code?: unknown } };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Everything that is wrong with an answer, held against the one that healthy subgraphs make possible. */
export function faultsOf(status: number, text: string, healthy: unknown): string[] {
  if (/xyzzy|inner-|127\.0\.0\.1|http:\/\/|\.ts:\d|\n\s+at |ECONN|UND_ERR|polluted/.test(text)) return [`it tells of the inside: ${text.slice(0, 500)}`];
  const body: unknown = parsed(text);
  if (!isObject(body)) return [`no JSON object: ${text.slice(0, 200)}`];
  const { data, errors = [], ...rest } = body;
  if (!Array.isArray(errors) || ('errors' in body && errors.length === 0)) return ['"errors" is no list of errors'];
  return [
    ...(status === 200 ? [] : [`the status is ${status}`]),
    ...(Object.keys(rest).length === 0 ? [] : [`it also holds ${Object.keys(rest).join(', ')}`]),
    ...errors.flatMap(unfitError),
    ...(isObject(data) || data === null ? differences(healthy, data, [], errors) : ['"data" is neither an object nor null']),
    ...unplaced(healthy, data, errors),
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unfitError(error: Told): string[] {
  if (!isObject(error) || typeof error.message !== 'string' || error.message === '') return [`an error without a message: ${JSON.stringify(error)}`];
  if (!isObject(error.extensions) || typeof error.extensions.code !== 'string') return [`an error without a code: ${JSON.stringify(error)}`];
  return [];
}

/** Wherever the answer differs, it holds null, and an error says so: there, below it or above. */
function differences(healthy: unknown, actual: unknown, path: Path, errors: readonly Told[]): string[] {
  if (actual === null && healthy !== null) return errors.some((error) => meets(error.path ?? [], path)) ? [] : [`null without an error at ${path.join('.')}`];
  // A list of something else altogether: each element of it is null, and told of.
  if (
    Array.isArray(actual) &&
    actual.length > 0 &&
    actual.every((element) => element === null) &&
    actual.every((_, index) => errors.some((error) => meets(error.path ?? [], [...path, index])))
  )
    return [];
  if (Array.isArray(healthy) && Array.isArray(actual) && healthy.length === actual.length)
    return healthy.flatMap((element, index) => differences(element, actual[index], [...path, index], errors));
  if (isObject(healthy) && isObject(actual)) {
    if (Object.keys(healthy).join() !== Object.keys(actual).join()) return [`other keys at ${path.join('.')}: ${Object.keys(actual).join()}`];
    return Object.keys(healthy).flatMap((key) => differences(healthy[key], actual[key], [...path, key], errors));
  }
  return Object.is(healthy, actual) ? [] : [`another value at ${path.join('.')}: ${JSON.stringify(actual)} for ${JSON.stringify(healthy)}`];
}

const meets = (one: Path, other: Path): boolean => one.slice(0, other.length).every((step, index) => step === other[index]);

/** Each error stands at or below a null, or at an object that lacks something. */
function unplaced(healthy: unknown, data: unknown, errors: readonly Told[]): string[] {
  return errors.flatMap(({ path = [] }) => {
    let [whole, seen]: [unknown, unknown] = [healthy, data];
    for (const step of path) {
      if (seen === null || seen === undefined) break;
      [whole, seen] = [Reflect.get(Object(whole), step), Reflect.get(Object(seen), step)];
    }
    return seen !== undefined && JSON.stringify(seen) === JSON.stringify(whole) && whole !== null
      ? [`an error at ${path.join('.')}, where nothing is missing`]
      : [];
  });
}
