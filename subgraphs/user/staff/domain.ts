import { lengthError, notFoundError, validationError } from '#platform/errors.ts';

export const userNotFound = (path: readonly string[]) => notFoundError(path, { en: 'The user', zh: '该用户' });

export const reasonProblem = (reason: string) => lengthError(['reason'], reason, { min: 1, max: 500 });

export const unknownRole = (known: readonly string[]) =>
  validationError(['role'], { en: `There is no such role; the roles are ${known.join(', ')}.`, zh: `没有此角色，可用角色为 ${known.join('、')}。` });

export const ownAccount = () =>
  validationError(['id'], { en: 'Nobody can suspend himself; ask another administrator.', zh: '不能停用自己的账户，请由其他管理员操作。' }, 'OWN_ACCOUNT');

export const ownRole = () =>
  validationError(
    ['userId'],
    { en: 'Nobody can take away his own role; ask another administrator.', zh: '不能撤销自己的角色，请由其他管理员操作。' },
    'OWN_ROLE',
  );
