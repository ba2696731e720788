import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { codeOf, MongoUnavailableError } from './mongod-unavailable.ts';

/** A process, so marked that no later process with the same number is taken for it. */
export const ProcessMark = z.object({ pid: z.int().positive(), startedAt: z.string() });
export type ProcessMark = z.infer<typeof ProcessMark>;

/** Prints when a process started; systems that are not listed have /proc. */
const START_COMMANDS: Partial<Record<NodeJS.Platform, (pid: number) => [string, string[]]>> = {
  darwin: (pid) => ['ps', ['-o', 'lstart=', '-p', String(pid)]],
  win32: (pid) => ['powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid} -ErrorAction Stop).StartTime.Ticks`]],
};

export function markProcess(pid: number): ProcessMark | undefined {
  const startedAt = startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(mark: ProcessMark): boolean {
  return isRunning(mark.pid) && startOf(mark.pid) === mark.startedAt;
}

/** Cheap enough to be asked often. A zombie, which only waits to be reaped, does not run. */
export function isRunning(pid: number): boolean {
  if (!START_COMMANDS[process.platform]) return startOf(pid) !== undefined;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function startOf(pid: number): string | undefined {
  const command = START_COMMANDS[process.platform]?.(pid);
  try {
    if (command) return execFileSync(...command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may hold spaces and parentheses; the state is field 3, the start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    // Whichever way it was asked for: there is no such process.
    return undefined;
  }
}

/** Reads a file that holds a process; undefined where it is missing or was never finished. */
export function readProcessFile<T extends ProcessMark>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes this process the only owner of a folder; the answer gives it up. A dead owner's lock is taken over. */
export async function takeLock(path: string, folder: string): Promise<() => void> {
  const own = JSON.stringify(markProcess(process.pid));
  for (;;) {
    if (createFile(path, own)) return () => rmSync(path, { force: true });
    // The other one may be between creating and filling it.
    const holder = readProcessFile(path, ProcessMark) ?? (await sleep(100, readProcessFile(path, ProcessMark)));
    if (holder && isAlive(holder)) {
      throw new MongoUnavailableError(
        `Another copy (process ${holder.pid}) is using DATA_DIR (${folder}): stop it, or set DATA_DIR to a folder of its own for this one.`,
      );
    }
    removeStale(path, holder);
  }
}

/** Whether a lock is there whose owner is gone. */
export function lockIsStale(path: string): boolean {
  const holder = readProcessFile(path, ProcessMark);
  return holder !== undefined && !isAlive(holder);
}

function createFile(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead lock away first, because another start may have replaced it since it was read. */
function removeStale(path: string, holder: ProcessMark | undefined): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readProcessFile(aside, ProcessMark);
  if (moved && moved.pid !== holder?.pid) renameSync(aside, path);
  else rmSync(aside, { force: true });
}
