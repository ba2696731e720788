import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Stripe's own stateless mock, which checks each request against Stripe's published OpenAPI description. */
const MODULE = 'github.com/stripe/stripe-mock';
const VERSION = 'v0.203.0';

const folder = `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/tradegraph/stripe-mock-${VERSION}`;
const installed = `${folder}/stripe-mock`;

const isOnPath = (command: string): boolean => {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Why it cannot be run here; null when it can. */
export const whyNoStripeMock = (): string | null =>
  isOnPath('stripe-mock') || existsSync(installed) || isOnPath('go') ? null : 'neither stripe-mock nor Go, which installs it, is on the PATH';

async function binary(): Promise<string> {
  if (isOnPath('stripe-mock')) return 'stripe-mock';
  if (!existsSync(installed)) await promisify(execFile)('go', ['install', `${MODULE}@${VERSION}`], { env: { ...process.env, GOBIN: folder } });
  return installed;
}

export async function startStripeMock(): Promise<{ origin: string; close(): Promise<void> }> {
  const child = spawn(await binary(), ['-http-addr', '127.0.0.1:0', '-strict-version-check'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`stripe-mock ended with ${code}`)));
  });
  gone.catch(() => {});
  const listening = async () => {
    for await (const line of createInterface(child.stdout)) {
      const [, address] = /Listening for HTTP at address: (\S+)/.exec(line) ?? [];
      if (address) return `http://${address}`;
    }
    throw new Error('stripe-mock did not say where it listens');
  };
  const origin = await Promise.race([listening(), gone]);
  child.stdout.resume();
  return {
    origin,
    close: async () => {
      child.kill();
      await gone.catch(() => {});
    },
  };
}
