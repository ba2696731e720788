import type { IncomingMessage } from 'node:http';
import { readText } from './body.ts';
import type { Operation } from './gateway.ts';
import { parseJson } from './json.ts';
import { RefusedRequest } from './refused-request.ts';

/** GraphQL over HTTP: POST with JSON, or GET with a query. No batches, no forms, so that no other site's page can post here. */
export async function readOperation(request: IncomingMessage, bodyLimit: number): Promise<Operation> {
  if (request.method === 'GET') return operationOfUrl(request.url ?? '/');
  if (request.method !== 'POST') throw new RefusedRequest(405, 'Send operations by POST, or queries by GET.');
  return operationOf(parseJson(await readText(request, bodyLimit), 'The body'), false);
}

const PARAMETERS = ['query', 'operationName', 'variables', 'extensions'] as const;

function operationOfUrl(url: string): Operation {
  const { searchParams } = new URL(url, 'http://localhost');
  for (const name of PARAMETERS) {
    if (searchParams.getAll(name).length > 1) throw new RefusedRequest(400, `"${name}" stands twice in the address.`);
  }
  const json = (name: 'variables' | 'extensions') => {
    const text = searchParams.get(name);
    return text ? parseJson(text, `"${name}"`) : undefined;
  };
  return operationOf(
    {
      query: searchParams.get('query') ?? undefined,
      operationName: searchParams.get('operationName') ?? undefined,
      variables: json('variables'),
      extensions: json('extensions'),
    },
    true,
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function operationOf(body: unknown, isReadOnly: boolean): Operation {
  if (Array.isArray(body)) throw new RefusedRequest(400, `Batches are not accepted: send one operation a request, not ${body.length}.`);
  if (!isObject(body)) throw new RefusedRequest(400, 'The body must be an object with "query" and, where needed, "variables" and "operationName".');
  const { query, variables, operationName, extensions } = body;
  if (typeof query !== 'string' || query === '') throw new RefusedRequest(400, '"query" must be a non-empty string.');
  if (variables !== undefined && variables !== null && !isObject(variables)) throw new RefusedRequest(400, '"variables" must be an object.');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw new RefusedRequest(400, '"operationName" must be a string.');
  if (extensions !== undefined && extensions !== null && !isObject(extensions)) throw new RefusedRequest(400, '"extensions" must be an object.');
  return { query, variables: variables ?? null, operationName: operationName ?? null, isReadOnly };
}
