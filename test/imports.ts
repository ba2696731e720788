import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** A source file as it stands: its path from the repository's root, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  /** A path from the root, or the name of a package. */
  readonly to: string;
}

const root = `${import.meta.dirname}/..`;
const FOLDERS = ['platform', 'subgraphs', 'gateway', 'scripts', 'test', 'bench', 'storefront'];

export const sourceFiles = (): SourceFile[] =>
  globSync([`{${FOLDERS.join(',')}}/**/*.{ts,tsx}`, '*.ts'], { cwd: root, exclude: (path) => path.includes('node_modules') })
    .sort()
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(`${root}/${path}`, 'utf8') }));

const SPECIFIERS = [
  // import … from 'x', export … from 'x', over any number of lines; type-only ones count like all others.
  /^[ \t]*(?:import|export)\b[^'"`;=]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^[ \t]*import\s*['"]([^'"]+)['"]/gm,
  /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*[,)]/g,
];
const COMPUTED = /\bimport\(\s*(?!['"])/;

/** What a file imports, in whichever way it is written. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const code = withoutComments(text);
  const specifiers = SPECIFIERS.flatMap((pattern) => [...code.matchAll(pattern)].flatMap(([, specifier]) => (specifier ? [specifier] : [])));
  return [...new Set(specifiers)].map((specifier) => ({ from: path, to: resolved(path, specifier) }));
}

/** An import whose target is only known when it runs cannot be judged. */
export const hasComputedImport = ({ text }: SourceFile): boolean => COMPUTED.test(withoutComments(text));

/** What is written in texts of several lines is no code. */
export const withoutTemplates = (text: string): string => text.replaceAll(/`(?:\\.|[^`\\])*`/g, '``');

/** Comments on lines of their own and at the end of lines; good enough for code that is formatted. */
export const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/ .*$/gm, '$1');

function resolved(from: string, specifier: string): string {
  if (specifier === '#subgraphs') return 'subgraphs/index.ts';
  if (specifier.startsWith('#platform/')) return specifier.slice(1);
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier;
}
