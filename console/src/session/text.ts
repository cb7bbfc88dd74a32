// Words of signing in.
export const session = {
  title: 'Sign in', email: 'E-mail', password: 'Password', submit: 'Sign in', code: 'Code of your authenticator', recovery: 'Recovery code', useRecovery: 'Use a recovery code instead',
  useCode: 'Use your authenticator instead', second: 'Second factor', verify: 'Continue', restart: 'Start over', unreachable: 'The server cannot be reached.', noCookie: 'The browser did not keep the session cookie.',
} as const;
