import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, execute, type FormattedExecutionResult, type GraphQLSchema, parse } from 'graphql';

/** A subgraph in this process. */
export type Ask = (request: {
  document: DocumentNode;
  variables: Readonly<Record<string, unknown>>;
  operationName?: string | undefined;
}) => Promise<FormattedExecutionResult>;

// oxlint-disable-next-line typescript/no-explicit-any
type Resolve = (...given: any[]) => unknown;
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolve>>>>;

export const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@inaccessible", "@interfaceObject", "@override", "@context", "@fromContext"])`;

export const askOf =
  (schema: GraphQLSchema): Ask =>
  async ({ document, variables, operationName }) => {
    const { data, errors } = await execute({ schema, document, variableValues: variables, operationName });
    return { ...(data !== undefined && { data }), ...(errors && { errors: errors.map((error) => error.toJSON()) }) } as FormattedExecutionResult;
  };

/** SDL without its link to federation, and the resolvers that matter. */
export const subgraph = (sdl: string, resolvers: Resolvers): Ask =>
  askOf(buildSubgraphSchema([{ typeDefs: parse(`${FEDERATION}\n${sdl}`), resolvers: resolvers as never }]));

/** Subgraph name to SDL. */
export type SubgraphSdls = Readonly<Record<string, string>>;

export const withFederation = (sdls: SubgraphSdls): SubgraphSdls =>
  Object.fromEntries(Object.entries(sdls).map(([name, sdl]) => [name, `${FEDERATION}\n${sdl}`]));
