import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLSchema, isScalarType } from 'graphql';
import type { Contract } from '#platform/identity.ts';
import { scalars } from '#platform/scalars.ts';

export interface Contracts {
  /** The schema against which an operation of such a caller is validated and introspected. */
  readonly schemas: Readonly<Record<Contract, GraphQLSchema>>;
  readonly texts: Readonly<Record<Contract, string>>;
}

/** The three contracts as `npm run generate` wrote them. */
export function loadContracts(directory: string): Contracts {
  const read = (name: Contract) => readFileSync(`${directory}/${name}.graphql`, 'utf8');
  const texts = { public: read('public'), partner: read('partner'), internal: read('internal') };
  const schemaOf = (text: string) => withScalars(buildSchema(text, { assumeValid: true, noLocation: true }));
  return { texts, schemas: { public: schemaOf(texts.public), partner: schemaOf(texts.partner), internal: schemaOf(texts.internal) } };
}

/** Values written into an operation are checked before anything of it runs, and the error says which one and what would be right. */
function withScalars(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    const ours = isScalarType(type) && scalars[type.name];
    if (ours) Object.assign(type, { parseValue: ours.parseValue, parseLiteral: ours.parseLiteral });
  }
  return schema;
}
