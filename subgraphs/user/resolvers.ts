import { accountResolvers } from './accounts/resolvers.ts';
import { addressResolvers } from './addresses/resolvers.ts';
import { memberResolvers } from './members/resolvers.ts';
import { merchantResolvers } from './merchants/resolvers.ts';
import { nodeResolvers } from './nodes/resolvers.ts';
import { sessionResolvers } from './sessions/resolvers.ts';
import { staffResolvers } from './staff/resolvers.ts';

/** Each noun brings its own fields; those of one type are laid together. */
export const resolvers = joined([accountResolvers, addressResolvers, merchantResolvers, memberResolvers, sessionResolvers, staffResolvers, nodeResolvers]);

function joined(parts: readonly Readonly<Record<string, object>>[]): Record<string, object> {
  const types: Record<string, object> = {};
  for (const part of parts) for (const [type, fields] of Object.entries(part)) types[type] = { ...types[type], ...fields };
  return types;
}
