import { runUntilStopped } from '#platform/process.ts';
import { readCommandLine } from './command-line.ts';
import { startGatewayServer } from './server.ts';

/** `npm run gateway`: a gateway for any supergraph file. */
await runUntilStopped(async () => {
  const { supergraph, config, host, port } = readCommandLine(process.argv.slice(2), process.env);
  const server = await startGatewayServer({ supergraph, config, host, port, environment: process.env });
  console.error(`Serving ${supergraph} on ${server.url}/graphql`);
  return server;
});
