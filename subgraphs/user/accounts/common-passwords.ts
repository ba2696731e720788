/** The passwords of eight characters and more that are guessed first, in lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set([
  '12345678', '123456789', '1234567890', '0123456789', '987654321', '9876543210', '11111111', '00000000', '88888888', '66666666',
  '12341234', '11223344', '123123123', '147258369', '789456123', '1q2w3e4r', '1q2w3e4r5t', '1qaz2wsx', 'q1w2e3r4', 'qazwsxedc',
  'password', 'password1', 'password12', 'password123', 'password1234', 'passw0rd', 'p@ssw0rd', 'p@ssword', 'password!', 'passwort',
  'qwertyui', 'qwertyuiop', 'qwerty12', 'qwerty123', 'qwerty1234', 'qwer1234', 'asdfghjk', 'asdfghjkl', 'asdf1234', 'zxcvbnm1', 'zxcvbnm123',
  'abcdefgh', 'abcd1234', 'abc12345', 'abc123456', 'a1234567', 'a12345678', 'a123456789', 'aa123456', 'aa12345678', 'iloveyou', 'iloveyou1',
  'woaini1314', 'woaini520', 'woaini123', '5201314520', 'welcome1', 'welcome123', 'letmein1', 'letmein123', 'admin123', 'admin1234', 'administrator',
  'football', 'baseball', 'princess', 'sunshine', 'superman', 'trustno1', 'starwars', 'whatever', 'computer', 'internet', 'changeme', 'changeme1', 'default1',
]);
