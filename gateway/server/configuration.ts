import { readFileSync } from 'node:fs';
import { StartError } from '#platform/start-error.ts';
import { type Settings, settings } from './settings.ts';

/** Every way in which a configuration is wrong, in one message. */
class ConfigurationError extends StartError {}

/** The settings of the file, or all of the defaults where there is none. Throws one error that lists everything that is wrong. */
export function readConfiguration(file: string | null): Settings {
  if (file === null) return settings.parse({});
  const parsed = settings.safeParse(parseText(file, readText(file, 'configuration')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`);
  throw wrong(file, problems);
}

/** Errors that only show when the file is held against the supergraph and the environment. */
export const wrong = (file: string | null, problems: readonly string[]): Error =>
  new ConfigurationError(`The configuration ${file === null ? '' : `in ${file} `}is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);

export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(`The ${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseText(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(file, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
}
