import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse } from 'graphql';
import { RESOLVERS, SDLS, SUBGRAPH_NAMES } from '../graph.ts';

/**
 * All four subgraphs, each under its own path, in one process that is not measured. A body that came before is answered
 * from memory. `GET /calls` says how many came since it was asked last.
 */
const schemas = new Map(SUBGRAPH_NAMES.map((name) => [`/${name}`, buildSubgraphSchema([{ typeDefs: parse(SDLS[name]), resolvers: RESOLVERS[name] }])]));
const answers = new Map<string, Buffer>();
let calls = 0;

async function answerOf(path: string, body: string): Promise<Buffer> {
  const schema = schemas.get(path);
  if (!schema) throw new Error(`no subgraph at ${path}`);
  const { query, variables, operationName } = JSON.parse(body);
  return Buffer.from(JSON.stringify(await execute({ schema, document: parse(query), variableValues: variables, operationName })));
}

const server = createServer((request, response) => {
  const path = request.url ?? '/';
  if (path === '/calls') {
    response.end(String(calls));
    calls = 0;
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    calls++;
    const body = Buffer.concat(chunks).toString('utf8');
    const key = `${path} ${body}`;
    const answer = answers.get(key) ?? (await answerOf(path, body));
    answers.set(key, answer);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
});
process.on('disconnect', () => process.exit(0));
