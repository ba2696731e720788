import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { Pool } from 'undici';
import { cpuMeter, residentMiBOf } from '../processes.ts';
import { type Contender, startedGateway } from './contenders.ts';
import { QUERIES } from './graph.ts';
import { post } from './measuring.ts';
import type { Stage } from './stage.ts';

const CONNECTIONS = 50;
const SAMPLES = 10;
/** Each signed in by a token of its own, with a purse of its own: some who come again and again, and many who hardly ever do. */
const REGULARS = 5_000;
const OTHERS = 100_000;
/** One in so many requests is not by a regular. */
const OTHERS_EVERY = 10;
/** One in so many requests is heavy. */
const HEAVY_EVERY = 20;
const MIB = 2 ** 20;

/** Sends so many requests to our gateway, by many callers, and tells what it holds after each tenth of them. */
export async function endure(stage: Stage, requests: number): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const gateway = await stage.keep(
    startedGateway(stage.directory, stage.supergraph, {
      isSharing: true,
      flags: ['--expose-gc'],
      settings: { jwt: { keys: { from: 'here', keys: [publicKey.export({ format: 'jwk' })] }, algorithms: ['EdDSA'] }, pointsPerSecond: 1_000_000_000 },
    }),
  );
  const tokens = Array.from({ length: REGULARS }, (_, identity) => tokenFor(identity, privateKey));
  const tokenOf = (index: number) =>
    index % OTHERS_EVERY === 0 ? tokenFor(REGULARS + ((index / OTHERS_EVERY) % OTHERS), privateKey) : (tokens[index % REGULARS] ?? '');
  const pool = new Pool(gateway.url, { connections: CONNECTIONS, pipelining: 1 });
  const lengths = new Map<string, number>();
  const send = async (index: number): Promise<void> => {
    const query = index % HEAVY_EVERY === 0 ? QUERIES.heavy : QUERIES.light;
    const text = await post(pool, query, { authorization: `Bearer ${tokenOf(index)}` });
    const data = text.slice(0, text.indexOf('"extensions"'));
    const expected = lengths.get(query) ?? data.length;
    if (!data.startsWith('{"data":{') || data.length !== expected) throw new Error(`an answer is not as those before: ${text.slice(0, 500)}`);
    lengths.set(query, expected);
  };

  console.log(
    `${requests} requests over ${CONNECTIONS} connections, one in ${HEAVY_EVERY} heavy; by ${REGULARS} identities, and one in ${OTHERS_EVERY} by ${OTHERS} others. Heap as it is after a collection.\n`,
  );
  console.log('| requests | CPU s per 1,000 | resident MiB | heap MiB | external MiB |\n| ---: | ---: | ---: | ---: | ---: |');
  let next = 0;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const end = Math.round((requests * sample) / SAMPLES);
    const [cpuSeconds, count] = [cpuMeter([gateway.child.pid ?? 0]), end - next];
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (next < end) await send(next++);
      }),
    );
    console.log(`| ${[end, ((cpuSeconds() / count) * 1000).toFixed(3), ...(await memoryOf(gateway))].join(' | ')} |`);
  }
  await pool.close();
}

function tokenFor(identity: number, key: KeyObject): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: `caller-${identity}`, exp: Math.floor(Date.now() / 1000) + 3600 };
  const signed = `${encoded({ alg: 'EdDSA', typ: 'JWT' })}.${encoded(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

async function memoryOf({ child }: Contender): Promise<string[]> {
  const resident = residentMiBOf([child.pid ?? 0]);
  child.send('memory');
  const [told] = await once(child, 'message');
  const { heapUsed, external } = told as NodeJS.MemoryUsage;
  return [resident, heapUsed / MIB, external / MIB].map((value) => value.toFixed(1));
}
