import { parseArgs } from 'node:util';
import { StartError } from '#platform/start-error.ts';

export interface CommandLine {
  readonly supergraph: string;
  readonly host: string;
  readonly port: number;
  readonly config: string | null;
}

const USAGE = `npm run gateway -- --supergraph FILE [--port N] [--host ADDRESS] [--config FILE]

  --supergraph FILE   a composed federation 2 supergraph (or SUPERGRAPH)
  --port N            the port to listen on, 4000 by default, 0 for any (or PORT)
  --host ADDRESS      the address to listen on, 127.0.0.1 by default (or HOST)
  --config FILE       JSON, described by schema/gateway-configuration.json (or GATEWAY_CONFIG)`;

/** What was asked for on the command line or, where that is silent, in the environment. */
export function readCommandLine(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): CommandLine {
  const { values } = parsed(args);
  if (values.help) throw new StartError(USAGE);
  const supergraph = values.supergraph ?? environment['SUPERGRAPH'] ?? '';
  if (supergraph === '') throw new StartError(`Name the supergraph to serve.\n\n${USAGE}`);
  const port = values.port ?? environment['PORT'] ?? '4000';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new StartError(`The port must be a number from 0 to 65535, not "${port}".\n\n${USAGE}`);
  return {
    supergraph,
    port: Number(port),
    host: values.host ?? environment['HOST'] ?? '127.0.0.1',
    config: values.config ?? environment['GATEWAY_CONFIG'] ?? null,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { supergraph: text, port: text, host: text, config: text, help: { type: 'boolean' } } });
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}
