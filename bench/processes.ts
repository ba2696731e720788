import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** CPU and memory of processes as Linux accounts for them in /proc. */
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Stat {
  readonly parent: number;
  readonly cpuSeconds: number;
}

function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND };
  } catch {
    return null;
  }
}

/** A process and all that it started. */
export function familyOf(pid: number): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), statOf(Number(name))?.parent ?? 0] as const),
  );
  const family = [pid];
  for (const member of family) for (const [child, parent] of parents) if (parent === member && !family.includes(child)) family.push(child);
  return family;
}

/** Tells how many CPU seconds the processes have used since; what one used that has ended meanwhile is left out. */
export function cpuMeter(pids: readonly number[]): () => number {
  const before = pids.map((pid) => [pid, statOf(pid)?.cpuSeconds ?? 0] as const);
  return () => before.reduce((sum, [pid, seconds]) => sum + (statOf(pid)?.cpuSeconds ?? seconds) - seconds, 0);
}

/** Resident memory in MiB; what processes share is counted once. */
export const residentMiBOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + proportionalKiBOf(pid), 0) / 1024;

function proportionalKiBOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The process that listens on a TCP port of the loopback address. */
export function listenerOf(port: number): number | null {
  const inodes = new Set([...listeningSockets()].flatMap(([inode, known]) => (known === port ? [inode] : [])));
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    if (socketsOf(Number(name)).some((inode) => inodes.has(inode))) return Number(name);
  }
  return null;
}

/** The TCP port that a process listens on; null where it listens on none. */
export function portOf(pid: number): number | null {
  const listening = listeningSockets();
  return (
    socketsOf(pid)
      .map((inode) => listening.get(inode))
      .find((port) => port !== undefined) ?? null
  );
}

const LISTENING = '0A';

/** By inode, the port. */
function listeningSockets(): Map<string, number> {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  const sockets = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === LISTENING);
  return new Map(sockets.map((fields) => [fields[9] ?? '', Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)]));
}

/** The inodes of a process's sockets; none where it is gone, or not ours to look into. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? []);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
