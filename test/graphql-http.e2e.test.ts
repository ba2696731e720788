import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGraph, type TestGraph } from './graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
});
afterAll(() => graph[Symbol.asyncDispose]());

/** The audits of the working group for GraphQL over HTTP: what a server must do, should do, and may do. */
test.each(serverAudits({ url: () => `${graph.url}/graphql`, fetchFn: fetch }).map((audit) => [audit.id, audit.name, audit] as const))(
  '%s %s',
  async (_id, _name, audit) => {
    const result = await audit.fn();
    expect([result.status, 'reason' in result ? result.reason : null]).not.toEqual(['error', expect.anything()]);
  },
);
