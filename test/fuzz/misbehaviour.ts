import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** What no client may ever read: it stands in all that subgraphs send beside their answers. */
export const SECRET = 'xyzzy-inner-secret';

const JSON_HEADERS = { 'content-type': 'application/json' };
const sendText = (response: ServerResponse, text: string, status = 200, headers: Record<string, string> = JSON_HEADERS) =>
  void response.writeHead(status, headers).end(text);

const STACK = `Error: ${SECRET}\n    at resolve (/srv/${SECRET}/resolvers.ts:12:7)`;
const withErrors = (errors: unknown, data?: unknown) => JSON.stringify({ ...(data !== undefined && { data }), errors });

/** An answer of the right form, in which every object is replaced by something that the schema does not allow there. */
const misshapen = async (honest: () => Promise<string>, put: unknown): Promise<string> => {
  const { data } = JSON.parse(await honest());
  return JSON.stringify({ data: Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, put])) });
};

type Misbehaviour = (response: ServerResponse, honest: () => Promise<string>, pick: (below: number) => number) => unknown;

/** All the ways in which a server may fail those who rely on it. */
export const MISBEHAVIOURS: Readonly<Record<string, Misbehaviour>> = {
  'answers too late': (response, honest) => void setTimeout(() => void honest().then((text) => sendText(response, text)), 1200).unref(),
  'never answers': () => {},
  'sends headers and nothing more': (response) => void response.writeHead(200, JSON_HEADERS).flushHeaders(),
  drips: (response, honest) =>
    void honest().then((text) => {
      response.writeHead(200, JSON_HEADERS).write(text.slice(0, 5));
      setTimeout(() => response.end(text.slice(5)), 1200).unref();
    }),
  'sends half a body': async (response, honest) => {
    const text = await honest();
    response.writeHead(200, { ...JSON_HEADERS, 'content-length': String(text.length) }).write(text.slice(0, text.length / 2), () => response.destroy());
  },
  'sends half a chunked body': async (response, honest) => {
    const text = await honest();
    response.writeHead(200, JSON_HEADERS).write(text.slice(0, text.length / 2), () => response.destroy());
  },
  'ends within the text': async (response, honest) => sendText(response, (await honest()).slice(0, -2)),
  'hangs up': (response) => response.destroy(),
  'sends what is no HTTP': (response) => response.socket?.end(`${SECRET}\r\n\r\n`),
  'sends garbage': (response) => sendText(response, `<<<${SECRET}>>>`),
  'sends random bytes': (response, _honest, pick) => void response.writeHead(200, JSON_HEADERS).end(Buffer.from(Array.from({ length: 200 }, () => pick(256)))),
  'sends nothing': (response) => sendText(response, ''),
  'sends a page': (response) => sendText(response, `<html>${SECRET}</html>`, 200, { 'content-type': 'text/html' }),
  'sends the right text as a page': async (response, honest) => sendText(response, await honest(), 200, { 'content-type': 'text/html' }),
  'states no content-type': async (response, honest) => sendText(response, await honest(), 200, {}),
  'compresses unasked': async (response, honest) => void response.writeHead(200, { ...JSON_HEADERS, 'content-encoding': 'gzip' }).end(gzipSync(await honest())),
  'answers 500': (response) => sendText(response, STACK, 500, { 'content-type': 'text/plain' }),
  'answers 500 with errors': (response) =>
    sendText(response, withErrors([{ message: STACK, extensions: { stacktrace: STACK.split('\n'), exception: { secret: SECRET } } }]), 500),
  'answers 503 with a body that looks right': async (response, honest) => sendText(response, await honest(), 503),
  'answers 401': (response) => sendText(response, withErrors([{ message: `http://${SECRET}/login` }]), 401),
  redirects: (response) => void response.writeHead(302, { location: `http://127.0.0.1:1/${SECRET}` }).end(),
  'answers 204': (response) => void response.writeHead(204).end(),
  'answers with errors alone': (response) =>
    sendText(response, withErrors([{ message: `connect ECONNREFUSED 127.0.0.1:27017 ${SECRET}`, extensions: { serviceName: SECRET } }])),
  'answers with an error without an end': (response) =>
    sendText(response, withErrors([{ message: `${SECRET} at http://inner/`, path: ['x', -1, { a: 1 }], locations: 'here', extensions: [SECRET] }], null)),
  'answers with errors that are none': (response) => sendText(response, withErrors([SECRET, 5, null, [], { message: 7 }], null)),
  'answers with errors in no list': (response) => sendText(response, withErrors({ message: SECRET })),
  'answers null': (response) => sendText(response, 'null'),
  'answers with a list': (response) => sendText(response, `[{"data":{"secret":"${SECRET}"}}]`),
  'answers with an empty object': (response) => sendText(response, '{}'),
  'answers with null data': (response) => sendText(response, '{"data":null}'),
  'answers with data that is a list': (response) => sendText(response, '{"data":[]}'),
  'answers with data that is a text': (response) => sendText(response, `{"data":"${SECRET}"}`),
  'puts numbers in the place of objects': async (response, honest) => sendText(response, await misshapen(honest, 5)),
  'puts texts in the place of objects': async (response, honest) => sendText(response, await misshapen(honest, SECRET)),
  'puts lists of lists in the place of objects': async (response, honest) => sendText(response, await misshapen(honest, [[{ [SECRET]: [] }]])),
  'puts lists of lists everywhere': async (response, honest) => sendText(response, await misshapen(honest, [[[[SECRET]]], 1, 'x', { __typename: SECRET }])),
  'names prototypes': (response) =>
    sendText(
      response,
      '{"data":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"_entities":[{"__proto__":{"polluted":1}}]},"errors":[{"message":"x","path":["__proto__","polluted"],"extensions":{"__proto__":{"polluted":true}}}]}',
    ),
  'nests without an end': (response) => sendText(response, `{"data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`),
  'sends too much': (response) => {
    response.writeHead(200, JSON_HEADERS).write('{"data":{"x":"');
    const chunk = 'x'.repeat(64_000);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
};
