import type { FetchNode } from '@apollo/query-planner';
import { type Data, isData } from './data.ts';
import { fetchEntities } from './entity-fetches.ts';
import { fieldPlaces, markLacking, report, reportFailure } from './fetch-errors.ts';
import { addTo, type Fetch, fetchOf, sent, variablesOf } from './fetches.ts';
import { objectsAt, type PlanPath } from './places.ts';
import type { PlanReading } from './plan-reading.ts';
import type { Run, Step } from './run.ts';

export function compileFetch(node: FetchNode, path: PlanPath, reading: PlanReading): Step {
  const fetch = fetchOf(node, path, reading);
  const carryOut = node.requires ? fetchEntities : fetchFields;
  return async (run) => {
    const targets = path.length === 0 ? [run.root] : objectsAt(run.root, path);
    if (targets.length > 0) await carryOut(run, fetch, targets);
  };
}

async function fetchFields(run: Run, fetch: Fetch, targets: readonly Data[]): Promise<void> {
  try {
    const received = await sent(run, fetch, variablesOf(run, fetch));
    const { data, errors } = received;
    if (errors) report(run, fetch, targets, received, fieldPlaces(run, fetch.path));
    if (isData(data)) {
      for (const rewrite of fetch.after) rewrite(data);
      addTo(targets, data, fetch);
    } else if (errors) {
      for (const target of targets) markLacking(run.failed, target, fetch.shape);
    }
  } catch (error) {
    reportFailure(run, fetch, targets, error);
  }
}
