import type { IncomingHttpHeaders } from 'node:http';
import type { Rights } from '../authorization/rights.ts';
import type { Caller } from '../gateway.ts';
import type { ResponseHeaders } from './response-headers.ts';
import type { Departure } from './stop.ts';

/** What a verified token says of its bearer. */
export interface Claims {
  /** All of it, for headers that are made from claims. */
  readonly all: Readonly<Record<string, unknown>>;
  readonly rights: Rights;
}

/** Who sent a request to a gateway for any supergraph. */
export interface ServerCaller extends Caller {
  readonly headers: IncomingHttpHeaders;
  /** Null for a caller who sent no token, and where no tokens are known. */
  readonly claims: Claims | null;
  /** Equal for two requests only if they come from the same caller: nothing is ever shared between two of them. */
  readonly principal: string;
  /** The network address of the client. */
  readonly address: string | null;
  /** Milliseconds since the epoch after which nobody waits for the answer any more. */
  readonly deadline: number;
  /** When the client goes before it has its answer. */
  readonly gone: Departure;
  /** What subgraphs' answers add to the headers of the client's. */
  readonly responseHeaders: ResponseHeaders;
  /** Those for whom the same is done; null for who is alone. */
  readonly company: Company | null;
}

/** Requests of one caller that are carried out as one. */
export interface Company {
  /** The labels of overrides that they follow: chance decides once for all of them, and parts those for whom it decides otherwise. */
  readonly overrides: readonly string[];
  /** From now on nobody joins. */
  close(): void;
  /** Whether something came of it that is for the first of them alone. */
  isForFirst: boolean;
}
