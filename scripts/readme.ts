import { readFileSync } from 'node:fs';
import { settings } from '#platform/config.ts';

const BLOCK = /(<!-- settings: [^>]* -->\n)[\s\S]*?(<!-- \/settings -->)/;
const SECRET_DEFAULTS = new Set(['SIGNING_KEYS', 'INTERNAL_AUTH_KEYS']);

/** Nothing, once a text was read into a list or a table. */
const isEmpty = (value: unknown): boolean => value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** The README with its table of settings as the schema has them. */
export function readmeWithSettings(file: string): string {
  const defaults = new Map(Object.entries(settings.parse({})));
  const rows = Object.entries(settings.shape).map(([name, schema]) => {
    const value = defaults.get(name);
    const shown = SECRET_DEFAULTS.has(name) ? "development's own" : value === undefined ? '' : isEmpty(value) ? 'empty' : `\`${String(value)}\``;
    return `| \`${name}\` | ${shown} | ${schema.description ?? ''} |`;
  });
  return readFileSync(file, 'utf8').replace(BLOCK, `$1| setting | default | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n$2`);
}
