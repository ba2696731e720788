import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { ApolloGateway } from '@apollo/gateway';
import { type DocumentNode, Kind, parse, validate } from 'graphql';

/**
 * Bare Apollo Gateway as it comes, with its own HTTP client, behind plain `node:http` rather than Apollo Server: a little
 * less than what it costs in use. Documents are parsed and validated once.
 */
process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const gateway = new ApolloGateway({ supergraphSdl: readFileSync(process.argv[2] ?? '', 'utf8'), logger: silent });
const { schema, executor } = await gateway.load();
const documents = new Map<string, DocumentNode>();

function documentOf(query: string): DocumentNode {
  const known = documents.get(query);
  if (known) return known;
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  documents.set(query, document);
  return document;
}

type ExecutorRequest = Parameters<typeof executor>[0];

async function answerTo(body: string): Promise<string> {
  const { query, variables = {} } = JSON.parse(body);
  const document = documentOf(query);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const queryHash = createHash('sha256').update(query).digest('hex');
  const request = {
    document,
    operation,
    operationName: null,
    queryHash,
    source: query,
    schema,
    context: {},
    logger: silent,
    metrics: {},
    request: { query, variables },
  };
  const { data, errors } = await executor(request as unknown as ExecutorRequest);
  return JSON.stringify({ data, errors });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const answer = await answerTo(Buffer.concat(chunks).toString('utf8'));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) }).end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
});
process.on('disconnect', () => process.exit(0));
