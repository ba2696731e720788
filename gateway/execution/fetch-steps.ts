import { type Data, isData } from './data.ts';
import { fetchEntities } from './entity-fetches.ts';
import { fieldPlaces, markLacking, report, reportFailure } from './fetch-errors.ts';
import { addTo, type Fetch, rewritten, sent, variablesOf } from './fetches.ts';
import { objectsAt } from './places.ts';
import type { Run, Step } from './run.ts';

export function compileFetch(fetch: Fetch): Step {
  const { node, path } = fetch;
  const carryOut = node.requires ? fetchEntities : fetchFields;
  return async (run) => {
    const targets = path.length === 0 ? [run.root] : objectsAt(run.root, path);
    if (targets.length > 0) await carryOut(run, fetch, targets);
  };
}

async function fetchFields(run: Run, fetch: Fetch, targets: readonly Data[]): Promise<void> {
  try {
    const received = await sent(run, fetch, variablesOf(run, fetch));
    const { data, errors, isShared = false } = received;
    if (errors) report(run, fetch, targets, received, fieldPlaces(run, fetch.path));
    if (isData(data)) {
      addTo(targets, rewritten(data, fetch, isShared), fetch.shape, fetch.reading, isShared);
    } else if (errors) {
      for (const target of targets) markLacking(run.failed, target, fetch.shape);
    }
  } catch (error) {
    reportFailure(run, fetch, targets, error);
  }
}
