import { execFileSync } from 'node:child_process';

/** The planning processes that a process has started. */
export function planningProcessesOf(pid: number): number[] {
  const all = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return all.split('\n').flatMap((line) => {
    const [own, parent] = line.trim().split(/\s+/);
    return line.includes('plans/main.ts') && Number(parent) === pid ? Number(own) : [];
  });
}
