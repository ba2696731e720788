import { STAFF_ROLES, type StaffRoleName } from '../domain.ts';
import type { Resolvers } from '../schema.generated.ts';
import { listUsers } from './lists.ts';
import { assignRole, reinstateUser, revokeRole, suspendUser } from './service.ts';

const roleOf = (name: StaffRoleName) => ({ name, scopes: [...STAFF_ROLES[name]] });
const ALL_ROLES = Object.entries(STAFF_ROLES).map(([name, scopes]) => ({ name, scopes: [...scopes] }));

export const staffResolvers = {
  Query: {
    user: (_root, { id }, { loaders }) => loaders.user.load(id),
    users: (_root, args, context) => listUsers(context, args),
    staffRoles: () => ALL_ROLES,
  },
  Mutation: {
    staffRoleAssign: (_root, args, context) => assignRole(context, args),
    staffRoleRevoke: (_root, args, context) => revokeRole(context, args),
    userSuspend: (_root, args, context) => suspendUser(context, args),
    userReinstate: (_root, args, context) => reinstateUser(context, args),
  },
  User: {
    staffRoles: ({ staffRoles }) => staffRoles.map(roleOf),
  },
} satisfies Resolvers;
