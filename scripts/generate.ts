import { existsSync } from 'node:fs';
import { settle, typesOf } from './generate-types.ts';
import { readmeWithSettings } from './readme.ts';

/**
 * `npm run generate`: resolver types of each subgraph, then `schema/`, the description of the gateway's configuration and the
 * README's table of settings. With names (`node scripts/generate.ts cart`): the
 * types of those only. With `--check`: writes nothing, lists what is stale, exit code 1 if anything is.
 */
const root = `${import.meta.dirname}/..`;
const args = process.argv.slice(2);
const isCheck = args.includes('--check');
const named = args.filter((arg) => !arg.startsWith('--'));
const stale: string[] = [];

const SUBGRAPHS = ['user', 'product', 'cart', 'order-payment', 'review'];
for (const name of named.length > 0 ? named : SUBGRAPHS) {
  const file = `subgraphs/${name}/schema.generated.ts`;
  if (!existsSync(`${root}/subgraphs/${name}/context.ts`)) throw new Error(`subgraphs/${name}/context.ts is missing`);
  if (!settle(`${root}/${file}`, await typesOf(`${root}/subgraphs/${name}`), isCheck)) stale.push(file);
}
if (named.length === 0) {
  const { composeSchemas } = await import('./compose.ts');
  for (const [name, content] of Object.entries(composeSchemas())) {
    if (!settle(`${root}/schema/${name}`, content, isCheck)) stale.push(`schema/${name}`);
  }
  const { configurationSchema } = await import('../gateway/server/settings.ts');
  if (!settle(`${root}/schema/gateway-configuration.json`, configurationSchema(), isCheck)) stale.push('schema/gateway-configuration.json');
  if (!settle(`${root}/README.md`, readmeWithSettings(`${root}/README.md`), isCheck)) stale.push('README.md');
}
if (isCheck && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run "npm run generate" and commit the result.`);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `Written: ${stale.join(', ')}` : 'Nothing was stale.');
}
