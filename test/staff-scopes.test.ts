import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scopesOfStaff } from '../subgraphs/user/domain.ts';

const subgraphs = `${import.meta.dirname}/../subgraphs`;

/** Every scope that a field of any subgraph asks for. */
function scopesAskedFor(): string[] {
  const contracts = globSync('**/schema.graphql', { cwd: subgraphs }).map((file) => readFileSync(`${subgraphs}/${file}`, 'utf8'));
  const lists = contracts.flatMap((sdl) => [...sdl.matchAll(/@requiresScopes\(\s*scopes:\s*(\[\[.*?\]\])/gs)].map(([, list]) => list ?? ''));
  return [...new Set(lists.flatMap((list) => [...list.matchAll(/"([^"]+)"/g)].map(([, scope]) => scope ?? '')))];
}

test('an administrator has every scope that a field asks for', () => {
  const asked = scopesAskedFor();
  expect(asked).toContain('merchants:review');
  expect(['account', ...scopesOfStaff(['admin'])]).toEqual(expect.arrayContaining(asked));
});
