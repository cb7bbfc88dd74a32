// Words of one's own account.
import { plural } from '../plural';

export const account = {
  title: 'Your account', profile: 'Profile', name: 'Name', email: 'E-mail', organization: 'Organization', save: 'Save', saved: 'Saved', since: 'Since', organizations: 'Your organizations', current: 'Current', goThere: 'Go there',
  newEmail: {
    begin: 'Change address', title: 'Another e-mail address', field: 'New e-mail', hint: 'You sign in with it, and mails go there. A link goes to the new address first.', submit: 'Send the link', sent: 'Look into your mailbox', sentHint: (email: string) => `A link is on its way to ${email}. Open it in a browser in which you are signed in, within an hour. Until then nothing changes.`, close: 'Close',
    confirmTitle: 'Confirm your new address', confirmHint: 'From now on you sign in with the address to which this link was sent. The old one is told.', confirm: 'Use the new address', done: (email: string) => `You sign in with ${email} from now on.`,
  },
  password: { title: 'Password', current: 'Current password', next: 'New password', submit: 'Change password', hint: 'All your other sessions end.', done: 'Your password has been changed; all other sessions have ended.' },
  factors: {
    title: 'Second factors', hint: 'A second factor is asked for after the password, and again before dangerous actions.', none: 'You have no second factor: whoever learns your password is in.', one: 'Factor', passkey: (name: string) => `Passkey: ${name}`, app: 'Authenticator app', appSince: 'On since', addApp: 'Set up an app', removeApp: 'Remove',
    removeAppQuestion: 'Remove the authenticator app?', removeAppHint: 'Codes of the app no longer work. With the last factor the recovery codes go too.', passkeys: 'Passkeys', addPasskey: 'Add a passkey', passkeyNone: 'none', used: 'Last used', added: 'Added', rename: 'Rename', remove: 'Remove',
    removePasskeyQuestion: (name: string) => `Remove the passkey ${name}?`, removePasskeyHint: 'It no longer opens your account. With the last factor the recovery codes go too.', recovery: 'Recovery codes', left: (count: number) => plural(count, 'unused code left', 'unused codes left'), newCodes: 'Make new codes', newCodesQuestion: 'Make new recovery codes?', newCodesHint: 'The codes that you have no longer work.',
  },
  app: {
    title: 'Set up an authenticator app', begin: 'Set up an authenticator app', scan: 'Scan this with an app such as Aegis, 1Password or Google Authenticator.', picture: 'QR code for the authenticator app', typed: 'Or type the secret', secret: 'the secret', code: 'Code that the app shows', submit: 'Turn on',
  },
  passkey: { title: 'Add a passkey', begin: 'Add a passkey', hint: 'Your device asks for finger, face or PIN and keeps the key; we never see it.', name: 'Name', nameHint: 'Tells your devices apart, such as “Telephone”.', submit: 'Add', refused: 'The device made no passkey. Try again.', impossible: 'Passkeys need https and a host name; this address has neither.' },
  codes: { title: 'Your recovery codes', hint: 'Each works once in place of a lost factor. They are never shown again: keep them where you keep your passwords.', copy: 'Copy all', copied: 'Copied', download: 'Download', done: 'I have kept them' },
  sessions: { title: 'Sessions', hint: 'Browsers in which you are signed in. End those that you do not know.', browser: 'Browser', unknown: 'Unknown', from: (address: string) => `last from ${address}`, begun: 'Signed in', seen: 'Last used', ends: 'Ends', current: 'This browser', end: 'End', endOthers: 'End all others', ended: (count: number) => plural(count, 'session has ended.', 'sessions have ended.') },
  tokens: {
    title: 'API tokens', hint: 'A program with such a token may do what you may do. For programs that outlive you, use a service token.', name: 'Name', made: 'Made', used: 'Last used', expires: 'Expires', none: 'You have no API token.', add: 'New token', days: 'Valid for, in days', submit: 'Make token', revoke: 'Revoke', revokeQuestion: (name: string) => `Revoke the token ${name}?`,
    revokeHint: 'Programs that use it are refused at once.', secretTitle: 'Your new token', secretHint: 'It is never shown again. Send it as Authorization: Bearer.', secret: 'the token', close: 'I have kept it', nameHint: 'What it is for, such as “Terraform on my laptop”.',
  },
  links: { title: 'Sign-on through providers', provider: 'Provider', since: 'Linked', none: 'not linked', link: 'Link', unlink: 'Unlink', linkTitle: (name: string) => `Link your account at ${name}`, linkHint: 'Give your password here, then sign on at the provider. From then on it signs you on here.', password: 'Your password', go: 'Go to the provider', unlinkQuestion: (name: string) => `Unlink ${name}?`, unlinkHint: 'It no longer signs you on here.' },
  cancel: 'Cancel',
} as const;
