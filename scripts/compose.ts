import { existsSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { composeSchemaContract, compositionHasErrors, sortSDL } from '@theguild/federation-composition';
import { type DocumentNode, Kind, parse, print } from 'graphql';
import { requirementOf } from '#platform/authorization.ts';
import { typeDefsOf } from '#platform/subgraph.ts';

export const SUBGRAPH_NAMES = ['user', 'product', 'cart', 'order-payment', 'review'];
const root = `${import.meta.dirname}/..`;

/** What each kind of client does not see; root fields carry exactly one of the three tags. */
const CONTRACTS: Readonly<Record<string, readonly string[]>> = { public: ['partner', 'internal'], partner: ['internal'], internal: [] };

/** Where the transport really finds a subgraph is configuration; composition only wants an address. */
const placeholderUrl = (name: string) => `http://${name}.invalid/graphql`;

/** The files of `schema/`, by name: the supergraph for routers, a contract per audience, and every protected field. */
export function composeSchemas(): Record<string, string> {
  const services = SUBGRAPH_NAMES.filter(
    (name) => existsSync(`${root}/subgraphs/${name}/schema.graphql`) || existsSync(`${root}/subgraphs/${name}/index.ts`),
  ).map((name) => ({
    name,
    url: placeholderUrl(name),
    typeDefs: typeDefsOf(`${root}/subgraphs/${name}`),
  }));
  const composed = composeServices(services);
  if (composed.errors) throw new Error(`The subgraphs do not compose:\n${composed.errors.map((error) => `  - ${error.message}`).join('\n')}`);
  return {
    'supergraph.graphql': composed.supergraphSdl,
    ...Object.fromEntries(Object.entries(CONTRACTS).map(([name, excluded]) => [`${name}.graphql`, contractOf(services, excluded)])),
    'authorization.json': `${JSON.stringify(protectedFields(services.map((service) => service.typeDefs)), null, 2)}\n`,
  };
}

function contractOf(services: { name: string; url: string; typeDefs: DocumentNode }[], excluded: readonly string[]): string {
  const result = composeSchemaContract(services, { include: new Set(), exclude: new Set(excluded) }, true);
  if (compositionHasErrors(result)) throw new Error(`A contract does not compose:\n${result.errors.map((error) => `  - ${error.message}`).join('\n')}`);
  return `${print(sortSDL(parse(result.publicSdl)))}\n`;
}

/** `Type.field` (or a whole `Type`) → what it asks of the caller. */
function protectedFields(documents: readonly DocumentNode[]): Record<string, { authenticated: true; scopes?: readonly (readonly string[])[] }> {
  const found: Record<string, { authenticated: true; scopes?: readonly (readonly string[])[] }> = {};
  const note = (coordinate: string, directives: Parameters<typeof requirementOf>[0]) => {
    const requirement = requirementOf(directives);
    if (requirement) found[coordinate] = { authenticated: true, ...(requirement.anyOf.length > 0 && { scopes: requirement.anyOf }) };
  };
  for (const { definitions } of documents) {
    for (const type of definitions) {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.OBJECT_TYPE_EXTENSION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      note(type.name.value, type.directives);
      for (const field of type.fields ?? []) note(`${type.name.value}.${field.name.value}`, field.directives);
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}
