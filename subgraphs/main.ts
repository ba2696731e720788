import { ConfigError } from '#platform/config.ts';
import { openConfiguredMongo, runProcess } from '#platform/process.ts';
import { subgraphs } from './index.ts';
import { serveSubgraph } from './server.ts';

/** Serves the subgraph that SUBGRAPH names, or all five, as HTTP services. */
await runProcess(process.env, async (config, log) => {
  const modules = subgraphs.filter(({ name }) => config.SUBGRAPH === undefined || name === config.SUBGRAPH);
  if (modules.length === 0) {
    const names = subgraphs.map(({ name }) => name);
    throw new ConfigError(`SUBGRAPH: there is no subgraph "${config.SUBGRAPH}"; it is one of ${names.join(', ')}.`);
  }
  const mongo = await openConfiguredMongo(config, (line) => log.info({}, line));
  const served = await Promise.all(modules.map((module) => serveSubgraph(module, config, mongo.uri, log)));
  log.info({ urls: served.map(({ url }) => url) }, 'serving');
  return {
    lost: mongo.lost,
    close: async () => {
      await Promise.all(served.map((subgraph) => subgraph.close()));
      await mongo.stop();
    },
  };
});
