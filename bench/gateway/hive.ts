import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Hive Gateway, with the Rust query planner, is half a gigabyte: installed here at the first comparison, and for nothing else. */
const FOLDER = join(import.meta.dirname, 'hive');
const PROGRAM = join(FOLDER, 'node_modules/@graphql-hive/gateway/dist/bin.js');
/** Written by npm when all is there. */
const INSTALLED = join(FOLDER, 'node_modules/.package-lock.json');
const MOST_SECONDS = 600;
const TOLD_EVERY_MS = 5_000;

/** The program to run; null where it cannot be installed, which is said. */
export async function hiveProgram(): Promise<string | null> {
  if (existsSync(INSTALLED) || (await install())) return PROGRAM;
  console.error('Hive Gateway cannot be installed here: it is left out of the comparison.');
  return null;
}

async function install(): Promise<boolean> {
  const startedAt = performance.now();
  console.error('Installing Hive Gateway into bench/gateway/hive, once: some 750 packages, half a gigabyte. --without-hive does without it.');
  const child = spawn('npm', ['ci', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: MOST_SECONDS * 1000,
  });
  const telling = setInterval(() => console.error(`  ${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${foldersInstalled()} folders`), TOLD_EVERY_MS);
  try {
    const [code] = await once(child, 'exit');
    return code === 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    clearInterval(telling);
  }
}

const foldersInstalled = (): number => (existsSync(join(FOLDER, 'node_modules')) ? readdirSync(join(FOLDER, 'node_modules')).length : 0);
