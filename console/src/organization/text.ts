// Words of what is decided for a whole organization.
export const organization = {
  title: 'Organization', save: 'Save', saved: 'The settings have been saved; they count from the next request.', none: 'You may not change the organization.',
  name: 'Name', general: 'General', since: 'Since', key: 'Key of the vault', keyLocal: 'root key of this installation', id: 'Identifier',
  signIn: 'Sign-in', mfa: 'Everybody needs a second factor', mfaHint: 'Whoever has none can do nothing but set one up.', profile: 'Rules for passwords', profiles: { STANDARD: 'Four kinds of characters, 14 to 64', NIST: 'Any 15 characters or more (NIST SP 800-63B)' },
  passwordDays: 'Password must be changed after, in days', passwordDaysHint: '30 to 180; empty for never.', idle: 'Unused session ends after, in minutes', idleHint: '10 to 60; empty for the default of this installation.', hours: 'Any session ends after, in hours', hoursHint: '1 to 168; empty for the default of this installation.',
  network: 'Networks', allowlist: 'Members may come from', allowlistHint: 'One network a line, such as 198.51.100.0/24. Empty allows all; your own address must be in one of them.', audit: 'Audit log', retention: 'Records are kept for, in days', retentionHint: '90 to 3653.', webhook: 'Post new checkpoints to', webhookHint: 'An https address of yours, without a query. With checkpoints in your own hands nobody rewrites the log unnoticed, not even whoever runs this installation.', conflict: 'Somebody else has changed the settings meanwhile. Load them again.',
} as const;
