// Words of signing up, signing in and proving who one is.
export const session = {
  unreachable: 'The server cannot be reached. Try again in a moment.', cancel: 'Cancel', close: 'Close', back: 'Back to sign-in',
  email: 'E-mail', password: 'Password', name: 'Your name', or: 'or',
  signIn: {
    title: 'Sign in', submit: 'Sign in', forgot: 'Forgot your password?', noAccount: 'New here?', signUp: 'Create an account', through: (name: string) => `Continue with ${name}`,
    ended: 'Your session has ended. Sign in to go on where you were.',
  },
  second: {
    title: 'Second factor', code: 'Code of your authenticator app', recovery: 'Recovery code', useRecovery: 'Use a recovery code instead', useCode: 'Use the authenticator app instead', submit: 'Continue', restart: 'Start over',
    passkey: 'Use a passkey', passkeyRefused: 'The passkey was not accepted. Try again, or start over.', onlyPasskey: 'Your account asks for a passkey.',
  },
  signUp: {
    title: 'Create an account', submit: 'Create account', organization: 'Organization', organizationHint: 'Your company or team; colleagues join it by invitation.', accept: 'I accept the terms', terms: (version: string) => `Terms, version ${version}`,
    mustAccept: 'Accept the terms to go on.', have: 'Have an account?', closed: 'Sign-up is closed here', closedHint: 'Ask an administrator of your organization for an invitation.',
    sent: 'Look into your mailbox', sentHint: (email: string) => `Open the link in the mail to ${email} to go on. It works for an hour; nothing exists before it was used.`, resend: 'Send it again', resent: 'Another link is on its way; earlier ones no longer work.',
  },
  confirm: { title: 'Confirm your address', hint: 'Give the password with which you signed up, so that mailbox and sign-up are the same person’s.', submit: 'Confirm', done: 'Your account is ready', doneHint: 'Sign in to begin.' },
  forgot: { title: 'Set a new password', hint: 'We send a link to your address. It works for an hour.', submit: 'Send the link', sent: 'Look into your mailbox', sentHint: (email: string) => `If ${email} has an account, a link is on its way.` },
  reset: { title: 'Set a new password', password: 'New password', submit: 'Set password', hint: 'All your sessions end; sign in with the new password.', done: 'Your password is set', doneHint: 'All sessions have ended. Sign in with the new password.' },
  accept: {
    title: 'Join your team', submit: 'Join', hint: 'If you have an account already, give its password and leave the name empty. Otherwise choose a name and a new password.', nameHint: 'For new people only.',
    done: (organization: string) => `You belong to ${organization}`, doneHint: 'Sign in to begin.',
  },
  noLink: 'This link is incomplete', noLinkHint: 'Open it from the mail again, or copy all of it.',
  rules: {
    title: 'Password rules', kept: 'kept', open: 'not yet', later: 'checked when you send it',
    LENGTH: (least: number, most: number) => `${least} to ${most} characters`, LOWER_CASE: 'a lower-case letter', UPPER_CASE: 'an upper-case letter', DIGIT: 'a digit', SPECIAL: 'a special character, such as - or !', NO_WHITE_SPACE: 'no spaces', NOT_COMMON: 'no common password, repetition or run', NO_CONTEXT: 'without your name, address, organization or Holdfast',
  },
  duty: {
    factorTitle: 'Set up a second factor', factorHint: (organization: string) => `${organization} asks everybody for one. Nothing else is open to you before.`,
    passwordTitle: 'Change your password', passwordHint: 'It is older than your organization allows. Nothing else is open to you before.', on: 'Go on', signOut: 'Sign out',
  },
  prove: {
    title: 'Is it you?', hint: 'This is dangerous or lasting, so prove once more who you are. That counts for a quarter of an hour.', submit: 'Prove', noPassword: 'You come through an identity provider and have no password here?', again: 'Sign in again',
  },
} as const;
