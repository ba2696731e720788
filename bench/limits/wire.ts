import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

/** What came back, and how long it took from the first byte sent to the last received. */
export interface Answered {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly text: string;
  readonly ms: number;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | string;
  /** Sent in chunks, without a length. */
  readonly isChunked?: boolean;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const PATIENCE_MS = 20_000;

export function send(origin: string, { method = 'POST', path = '/graphql', headers = {}, body = '', isChunked = false }: Sent): Promise<Answered> {
  const startedAt = performance.now();
  const payload = typeof body === 'string' ? Buffer.from(body) : body;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${origin}${path}`,
      {
        method,
        agent,
        timeout: PATIENCE_MS,
        headers: { 'content-type': 'application/json', ...(!isChunked && method !== 'GET' && { 'content-length': String(payload.length) }), ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(answered(response.statusCode ?? 0, Buffer.concat(chunks).toString(), startedAt)));
        response.on('error', reject);
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer')));
    // A server may answer before it has read everything, and hang up: what it answered counts.
    request.on('error', reject);
    request.end(method === 'GET' ? undefined : payload);
  });
}

/** Bytes as they are, over a connection of their own; `wait` milliseconds between the pieces. The first answer counts. */
export function sendRaw(origin: string, pieces: readonly string[], wait = 0): Promise<Answered & { readonly all: string }> {
  const { hostname, port } = new URL(origin);
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    const finish = () => {
      clearTimeout(patience);
      socket.destroy();
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
      resolve({ ...answered(status, text.slice(text.indexOf('\r\n\r\n') + 4), startedAt), all: text });
    };
    const patience = setTimeout(finish, PATIENCE_MS);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('end', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => (text === '' && error.code !== 'EPIPE' && error.code !== 'ECONNRESET' ? reject(error) : finish()));
    socket.on('connect', async () => {
      for (const piece of pieces) {
        if (!socket.writable) return;
        socket.write(piece, 'latin1');
        if (wait > 0) await new Promise((next) => setTimeout(next, wait));
      }
    });
  });
}

function answered(status: number, text: string, startedAt: number): Answered {
  const ms = performance.now() - startedAt;
  const [error] = errorsIn(text);
  return { status, code: error?.extensions?.code ?? '', message: error?.message ?? '', text, ms };
}

interface ShownError {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

function errorsIn(text: string): readonly ShownError[] {
  try {
    const body: { errors?: readonly ShownError[] } = JSON.parse(text);
    return body.errors ?? [];
  } catch {
    return [];
  }
}
