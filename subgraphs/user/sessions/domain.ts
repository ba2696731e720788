import { lengthError, type Text, userError, validationError } from '#platform/errors.ts';

const credentialsError = (code: string, path: readonly string[], message: Text) => userError('CredentialsError', code, path, message);

export const wrongCredentials = () =>
  credentialsError('INVALID_CREDENTIALS', ['input'], { en: 'The login or the password is not right.', zh: '登录名或密码不正确。' });

export const wrongCurrentPassword = () =>
  credentialsError('INVALID_CREDENTIALS', ['input', 'currentPassword'], { en: 'The current password is not right.', zh: '当前密码不正确。' });

export const invalidRefreshToken = () =>
  credentialsError('INVALID_REFRESH_TOKEN', ['input', 'refreshToken'], {
    en: 'This refresh token is not valid any more; log in again.',
    zh: '此刷新令牌已失效，请重新登录。',
  });

export const invalidGuestToken = () =>
  validationError(['input', 'guestToken'], {
    en: 'This guest token is not valid any more; log in without it.',
    zh: '此访客令牌已失效，请不带该令牌登录。',
  });

export const deviceNameProblem = (deviceName: string | null | undefined) => lengthError(['input', 'deviceName'], deviceName, { max: 64 });
