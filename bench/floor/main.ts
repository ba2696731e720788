import { createServer } from 'node:http';
import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import type { Recorded } from '../record.ts';
import { renewed, replay } from '../replay.ts';
import type { Work } from './work.ts';

/**
 * The floor: a plain HTTP server that sends the same MongoDB commands with the bare driver and answers what it read, as
 * JSON. `POST /work` teaches it one request's commands; `POST /run?client=N&step=M` carries them out.
 */
const client = await MongoClient.connect(process.argv[2] ?? '', { maxPoolSize: 40 });
let work: Work = { steps: [], substitutions: [], lasting: [], isWriting: false, prefix: '' };
let lasting = new Set<string>();
/** The steps of the round that a client is in. */
const rounds = new Map<number, Recorded[][]>();

function commandsFor(who: number, step: number): readonly Recorded[] {
  if (!work.isWriting) return work.steps[step] ?? [];
  if (step === 0) {
    const fresh = renewed(work.steps.flat(), lasting, work.substitutions[who % work.substitutions.length] ?? {});
    let from = 0;
    rounds.set(
      who,
      work.steps.map(({ length }) => fresh.slice(from, (from += length))),
    );
  }
  return rounds.get(who)?.[step] ?? [];
}

const server = createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/work') {
      const given = EJSON.parse(Buffer.concat(chunks).toString('utf8'), { relaxed: true }) as unknown as Work;
      work = { ...given, steps: given.steps.map((step) => step.map((each) => ({ ...each, database: `${given.prefix}${each.database}` }))) };
      lasting = new Set(work.lasting);
      rounds.clear();
      response.end();
      return;
    }
    // What a server does with a request at least: read it, and write its answer.
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const read = await replay(client, commandsFor(Number(searchParams.get('client')), Number(searchParams.get('step'))));
    const body = JSON.stringify({ data: read });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : null });
});
process.on('disconnect', () => process.exit(0));
