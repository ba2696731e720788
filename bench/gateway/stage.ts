import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { type Contender, started } from './contenders.ts';
import { SDLS, SUBGRAPH_NAMES } from './graph.ts';

/** The subgraphs, running, and what gateways before them need. */
export interface Stage {
  readonly directory: string;
  /** The file. */
  readonly supergraph: string;
  /** Ends it with the others. */
  keep(starting: Promise<Contender>): Promise<Contender>;
  /** How many calls subgraphs had since this was asked last. */
  callsSoFar(): Promise<number>;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ending = once(child, 'exit');
  child.kill();
  await ending;
}

/** Whatever becomes of the work, nothing is left behind. */
export async function onStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const running: Contender[] = [];
  const keep = async (starting: Promise<Contender>): Promise<Contender> => {
    const contender = await starting;
    running.push(contender);
    return contender;
  };
  try {
    const subgraphs = await keep(started('subgraphs', 'subgraphs/main.ts', [], null));
    const services = SUBGRAPH_NAMES.map((name) => ({ name, url: `${subgraphs.url}/${name}`, typeDefs: parse(SDLS[name]) }));
    const { supergraphSdl, errors } = composeServices(services);
    if (!supergraphSdl) throw new Error(errors?.join('\n'));
    const supergraph = join(directory, 'supergraph.graphql');
    writeFileSync(supergraph, supergraphSdl);
    await work({ directory, supergraph, keep, callsSoFar: async () => Number(await (await fetch(`${subgraphs.url}/calls`)).text()) });
  } finally {
    // Who still runs would miss the files.
    await Promise.all(running.map(({ child }) => ended(child)));
    rmSync(directory, { recursive: true, force: true });
  }
}
