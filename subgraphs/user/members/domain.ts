import { notFoundError, validationError } from '#platform/errors.ts';

export const MAX_MEMBERS = 50;
export const INVITATION_DAYS = 7;

export const roleNotGrantable = (path: readonly string[]) =>
  validationError(path, { en: 'This role may do more than yours; ask an owner.', zh: '该角色的权限高于您的权限，请联系所有者。' }, 'ROLE_NOT_GRANTABLE');

export const alreadyMember = () =>
  validationError(
    ['input', 'email'],
    { en: 'This person is a member already; remove the member to give another role.', zh: '此人已是成员；如需更换角色，请先移除。' },
    'ALREADY_MEMBER',
  );

export const teamIsFull = (path: readonly string[]) =>
  validationError(path, { en: `A team has at most ${MAX_MEMBERS} members.`, zh: `团队最多 ${MAX_MEMBERS} 名成员。` }, 'LIMIT_REACHED');

export const lastOwner = () =>
  validationError(
    ['userId'],
    { en: 'A merchant keeps at least one owner; invite another owner first.', zh: '商户须保留至少一名所有者，请先邀请另一名所有者。' },
    'LAST_OWNER',
  );

export const invitationNotFound = () => notFoundError(['token'], { en: 'The invitation', zh: '该邀请' });

export const memberNotFound = () => notFoundError(['userId'], { en: 'The member', zh: '该成员' });
