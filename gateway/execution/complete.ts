import { GraphQLError } from 'graphql';
import { type Data, emptyData, isData } from './data.ts';
import type { Run } from './run.ts';
import type { FieldsShape, ListShape, ObjectShape, ValueShape } from './shape.ts';

/** A null that goes up through non-null types, told of in `errors`, or of a dead reference and not worth telling. */
const REPORTED = Symbol('a null that errors tells of');
const SILENT = Symbol('the null of a dead reference');

interface Completion {
  readonly run: Pick<Run, 'errors' | 'failed' | 'dead'>;
  /** Its first `depth` steps are the path walked so far: written on the way down, read only for an error. */
  readonly path: (string | number)[];
  readonly isIsolated: boolean;
}

/** Where a value stands: the object whose field it is, or in whose list, and that field as messages name it. */
interface Site {
  readonly owner: Data;
  readonly label: string;
}

/** The client's answer out of all that the subgraphs answered: keys in the client's order, nulls where the types demand them. */
export function completeResponse(shape: ObjectShape, run: Run, isIsolated: boolean): Data | null {
  const completed = completeFields({ run, path: [], isIsolated }, shape.declared, run.root, 0);
  return isData(completed) ? completed : null;
}

function completeFields(completion: Completion, fields: FieldsShape, input: Data, depth: number): unknown {
  const output: Data = completion.isIsolated ? emptyData() : {};
  for (const { key, plannedKey, constant, isValid, value: shape, label } of fields) {
    const value = constant ?? input[plannedKey];
    if (constant !== null || (isValid !== null && isValid(value))) {
      output[key] = value;
      continue;
    }
    completion.path[depth] = key;
    const completed = completeValue(completion, shape, value, { owner: input, label }, depth + 1);
    if (completed === REPORTED) return REPORTED;
    if (completed === SILENT) return null;
    output[key] = completed;
  }
  return output;
}

/** The value, or a null where the type allows one, or else how it goes on upwards. */
function completeValue(completion: Completion, shape: ValueShape, value: unknown, site: Site, depth: number): unknown {
  const completed = value === undefined || value === null ? null : completeContent(completion, shape, value, site, depth);
  if (completed === REPORTED) return shape.isNonNull ? REPORTED : null;
  if (completed !== null || !shape.isNonNull) return completed;
  const { failed, dead } = completion.run;
  if (failed.has(site.owner)) return REPORTED;
  if (dead.has(site.owner)) return SILENT;
  return report(completion, `Cannot return null for non-nullable ${describe(completion, shape, site, depth)}.`, depth);
}

function completeContent(completion: Completion, shape: ValueShape, value: unknown, site: Site, depth: number): unknown {
  const { content } = shape;
  if ('isValid' in content) {
    if (content.isValid(value)) return value;
    if (content.kind === 'typename') return null;
  } else if (content.kind === 'list') {
    if (Array.isArray(value)) return completeList(completion, content, value, site, depth);
  } else if (isData(value)) {
    const fields = fieldsOf(content, value['__typename']);
    if (fields) return completeFields(completion, fields, value, depth);
    return report(completion, `Invalid __typename found for object at ${describe(completion, shape, site, depth)}.`, depth);
  }
  return report(completion, `Invalid value found for ${describe(completion, shape, site, depth)}.`, depth);
}

function fieldsOf(shape: ObjectShape, typename: unknown): FieldsShape | null {
  if (typeof typename === 'string') return shape.of(typename);
  return typename === undefined || typename === null ? shape.declared : null;
}

/** Every element is looked at, so that each that is missing is told of. */
function completeList(completion: Completion, { element }: ListShape, values: readonly unknown[], site: Site, depth: number): unknown {
  let bubble: unknown = null;
  const output: unknown[] = [];
  for (let index = 0; index < values.length; index++) {
    completion.path[depth] = index;
    const completed = completeValue(completion, element, values[index], site, depth + 1);
    if (completed === REPORTED || (completed === SILENT && bubble === null)) bubble = completed;
    output.push(completed);
  }
  if (bubble === null) return output;
  return bubble === REPORTED ? REPORTED : null;
}

function describe({ path }: Completion, { typeName }: ValueShape, { label }: Site, depth: number): string {
  const last = path[depth - 1];
  return typeof last === 'number' ? `array element of type ${typeName} at index ${last}` : `field ${label}`;
}

function report({ run, path }: Completion, message: string, depth: number): typeof REPORTED {
  run.errors.push(new GraphQLError(message, { path: path.slice(0, depth), extensions: { code: 'INTERNAL_SERVER_ERROR' } }));
  return REPORTED;
}
