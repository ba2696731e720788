import { type Text, userError, validationError } from '#platform/errors.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** What staff may do to an account, and from where. */
export const USER_TRANSITIONS = {
  SUSPEND: { from: ['ACTIVE'], to: 'SUSPENDED' },
  REINSTATE: { from: ['SUSPENDED'], to: 'ACTIVE' },
} as const satisfies Record<string, { from: readonly UserStatus[]; to: UserStatus }>;

export type UserStatus = 'ACTIVE' | 'SUSPENDED';

interface PasswordOwner {
  readonly username?: string | null;
  readonly email?: string | null;
}

/** bcrypt reads no further; a longer password would be weaker than it looks. */
const MAX_PASSWORD_BYTES = 72;
const MIN_PASSWORD_CHARACTERS = 8;
const MIN_DISTINCT_CHARACTERS = 4;

const lower = (text: string | null | undefined): string | null => text?.trim().toLowerCase() || null;

/** What counts as one name, one address: case does not. */
export const keyOf = lower;

/** Each rule: what it is called, and when a password breaks it. */
const PASSWORD_RULES: Readonly<Record<string, (password: string, owner: PasswordOwner) => boolean>> = {
  TOO_SHORT: (password) => [...password].length < MIN_PASSWORD_CHARACTERS,
  TOO_LONG: (password) => isTooLong(password),
  TOO_SIMPLE: (password) => new Set(password).size < MIN_DISTINCT_CHARACTERS,
  TOO_COMMON: (password) => COMMON_PASSWORDS.has(password.toLowerCase()),
  SAME_AS_LOGIN: (password, { username, email }) => [lower(username), lower(email), lower(email?.split('@')[0])].includes(password.toLowerCase()),
};

export const isTooLong = (password: string): boolean => new TextEncoder().encode(password).length > MAX_PASSWORD_BYTES;

export const failedPasswordRules = (password: string, owner: PasswordOwner): string[] =>
  Object.entries(PASSWORD_RULES).flatMap(([rule, isBroken]) => (isBroken(password, owner) ? [rule] : []));

export function passwordProblem(path: readonly string[], password: string, owner: PasswordOwner) {
  const failedRules = failedPasswordRules(password, owner);
  if (failedRules.length === 0) return null;
  const message: Text = {
    en: `Choose a password of at least ${MIN_PASSWORD_CHARACTERS} characters and at most ${MAX_PASSWORD_BYTES} bytes that is hard to guess and is not your name or e-mail.`,
    zh: `请设置至少 ${MIN_PASSWORD_CHARACTERS} 个字符、不超过 ${MAX_PASSWORD_BYTES} 字节、不易猜到且与用户名和邮箱不同的密码。`,
  };
  return userError('PasswordPolicyError', 'PASSWORD_POLICY', path, message, { failedRules });
}

export const usernameTaken = () =>
  validationError(['input', 'username'], { en: 'This user name is taken; choose another.', zh: '此用户名已被使用，请换一个。' }, 'USERNAME_TAKEN');

const RESERVED_USERNAMES: ReadonlySet<string> = new Set(['admin', 'administrator', 'root', 'system', 'staff', 'support', 'deleted-user', 'me']);

export function usernameProblem(username: string) {
  if (RESERVED_USERNAMES.has(username.toLowerCase())) return usernameTaken();
  if (/^[a-z0-9][a-z0-9_.-]{2,31}$/i.test(username)) return null;
  return validationError(['input', 'username'], {
    en: 'A user name has 3 to 32 letters, digits, "_", "." or "-" and begins with a letter or digit.',
    zh: '用户名须为 3 至 32 个字母、数字、“_”、“.”或“-”，并以字母或数字开头。',
  });
}

const MAX_DISPLAY_NAME = 64;

export function displayNameProblem(displayName: string | null | undefined) {
  const length = [...(displayName?.trim() ?? '')].length;
  if (length >= 1 && length <= MAX_DISPLAY_NAME && !/\p{C}/u.test(displayName ?? '')) return null;
  return validationError(['input', 'displayName'], {
    en: `A display name has 1 to ${MAX_DISPLAY_NAME} visible characters.`,
    zh: `显示名称须为 1 至 ${MAX_DISPLAY_NAME} 个可见字符。`,
  });
}

export function contactProblem({ email, phone }: { email?: string | null | undefined; phone?: string | null | undefined }) {
  if (email || phone) return null;
  return validationError(['input', 'email'], { en: 'Give an e-mail address or a phone number.', zh: '请提供邮箱或手机号。' }, 'CONTACT_REQUIRED');
}

export function termsProblem(version: string) {
  if (/^[\w.-]{1,32}$/.test(version)) return null;
  return validationError(['input', 'acceptedTermsVersion'], {
    en: 'Name the accepted version of the terms, e.g. 2026-01 (up to 32 letters, digits, ".", "_" or "-").',
    zh: '请填写所接受的条款版本，例如 2026-01（最多 32 个字母、数字、“.”、“_”或“-”）。',
  });
}

export type LoginKey = { readonly emailKey: string } | { readonly phone: string } | { readonly usernameKey: string };

/** Which of the three a login is: names have neither "@" nor a leading "+". */
export function loginKeyOf(login: string): LoginKey {
  const key = lower(login) ?? '';
  if (key.includes('@')) return { emailKey: key };
  return key.startsWith('+') ? { phone: key } : { usernameKey: key };
}
