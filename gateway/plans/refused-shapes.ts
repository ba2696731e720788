import { createHash } from 'node:crypto';
import { type DocumentNode, print, visit } from 'graphql';
import { PlanningRefusal } from '../planning.ts';

/** Operations that took too much to plan, so that asking again takes nothing. */
export interface RefusedShapes {
  find(document: DocumentNode): PlanningRefusal | null;
  add(document: DocumentNode, refusal: PlanningRefusal): void;
}

const REMEMBERED_MS = 60_000;
const MOST = 1_000;

export function createRefusedShapes(now: () => number = () => performance.now()): RefusedShapes {
  const refused = new Map<string, { readonly refusal: PlanningRefusal; readonly until: number }>();
  return {
    find: (document) => {
      if (refused.size === 0) return null;
      const shape = shapeOf(document);
      const known = refused.get(shape);
      if (!known) return null;
      if (known.until > now()) return known.refusal;
      refused.delete(shape);
      return null;
    },
    add: (document, { message, extensions }) => {
      refused.set(shapeOf(document), { refusal: new PlanningRefusal(message, extensions), until: now() + REMEMBERED_MS });
      const [oldest] = refused.keys();
      if (refused.size > MOST && oldest !== undefined) refused.delete(oldest);
    },
  };
}

/** Without the names and values that clients choose: what takes too much to plan does so under other names, too. */
function shapeOf(document: DocumentNode): string {
  const shape: DocumentNode = visit(document, {
    OperationDefinition: ({ name: _name, variableDefinitions: _variables, ...operation }) => operation,
    Field: ({ alias: _alias, arguments: _arguments, ...field }) => field,
  });
  return createHash('sha256').update(print(shape)).digest('base64');
}
