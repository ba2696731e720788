import { PROMISES } from './ledger.ts';
import type { ChaosResult } from './run.ts';
import { OUTCOMES } from './tally.ts';

const table = (title: string, headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] => {
  const width = Math.max(title.length, ...rows.map(([name]) => String(name).length)) + 2;
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(width) : String(cell).padStart(9))).join('');
  return ['', line([title, ...headings]), ...rows.map(line)];
};
const counted = (counts: ReadonlyMap<string, number>) => [...counts].sort(([, a], [, b]) => b - a);

/** What happened and what came of it, as tables. */
export function reportOf({ tally, ledger, seconds, settled, books, problems }: ChaosResult): string[] {
  const operations = [...tally.operations].sort(([a], [b]) => (a < b ? -1 : 1));
  const broken = books.filter(({ violations }) => violations > 0).length;
  return [
    ...table('faults', ['times'], [...counted(tally.faults), ['in all', tally.struck()]]),
    ...table('notifications', ['times'], counted(tally.notifications)),
    ...table('operations', OUTCOMES, [
      ...operations.map(([name, row]) => [name, ...OUTCOMES.map((outcome) => row[outcome])]),
      ['in all', ...OUTCOMES.map((outcome) => tally.total(outcome))],
    ]),
    ...table('refusals', ['times'], counted(tally.refusals)),
    ...table(
      'acknowledged',
      ['told of'],
      [
        ...PROMISES.map((kind) => [kind, ledger.count(kind)] as const),
        ['payments that succeeded', ledger.count('payment', 'SUCCEEDED')],
        ['refunds that succeeded', ledger.count('refund', 'SUCCEEDED')],
      ],
    ),
    '',
    `${seconds.toFixed(0)} s; settled ${settled.seconds.toFixed(1)} s after the last answer; ${books.length} invariants checked, ${broken} broken.`,
    ...problems.map((problem) => `WRONG  ${problem}`),
    problems.length === 0 ? 'Nothing acknowledged was lost, nothing is stuck, the books are clean.' : `${problems.length} problems.`,
  ];
}
