/** A request that holds no operation that could be carried out: what is wrong with it, in a sentence. */
export class RefusedRequest extends Error {
  readonly status: number;
  readonly code: 'BAD_USER_INPUT' | 'RATE_LIMITED';
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    sentence: string,
    {
      code = 'BAD_USER_INPUT',
      headers = {},
      ...extensions
    }: { code?: 'BAD_USER_INPUT' | 'RATE_LIMITED'; headers?: Record<string, string>; [name: string]: unknown } = {},
  ) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.extensions = extensions;
    this.headers = headers;
  }
}
