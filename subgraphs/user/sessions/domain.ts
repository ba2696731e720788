import { type Text, userError, validationError } from '#platform/errors.ts';

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

const MAX_DEVICE_NAME = 64;

export function deviceNameProblem(deviceName: string | null | undefined) {
  if ((deviceName ?? '').length <= MAX_DEVICE_NAME) return null;
  return validationError(['input', 'deviceName'], {
    en: `A device name has at most ${MAX_DEVICE_NAME} characters.`,
    zh: `设备名称最多 ${MAX_DEVICE_NAME} 个字符。`,
  });
}
