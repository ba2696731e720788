import type { Dispatcher } from 'undici';
import type { Stop } from './stop.ts';

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BYTE_ORDER_MARK = 0xfeff;

/** Posts and waits for the whole answer, which goes into a text without becoming a stream first. Whoever calls keeps the time. */
export function exchange(dispatcher: Dispatcher, { path, headers, body }: Sent, stop: Stop): Promise<Received> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let received: Received['headers'] = {};
    // Until it has a connection there is nothing to abort, but nobody has to wait for that.
    stop.act = reject;
    dispatcher.dispatch(
      { path, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart: (controller) => {
          const abort = (reason: unknown) => {
            reject(reason);
            controller.abort(reason instanceof Error ? reason : new Error('nobody waits for the answer', { cause: reason }));
          };
          if (stop.reason === undefined) stop.act = abort;
          else abort(stop.reason);
        },
        onResponseStart: (_controller, statusCode, responseHeaders) => {
          status = statusCode;
          received = responseHeaders;
        },
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          stop.act = null;
          resolve({ status, headers: received, text: textOf(chunks) });
        },
        onResponseError: (_controller, error) => {
          stop.act = null;
          reject(error);
        },
      },
    );
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const text = (chunks.length === 1 && first ? first : Buffer.concat(chunks)).toString('utf8');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}
