// Words of people and invitations.
export const users = {
  title: 'Users', one: 'User', name: 'Name', email: 'E-mail', state: 'State', roles: 'Roles', last: 'Last active', since: 'Since', search: 'Name or e-mail', none: 'Nobody matches.', noneHint: 'Change the filters, or invite somebody.', invite: 'Invite', you: 'you', gone: 'There is no such person.',
  states: { ACTIVE: 'Active', INVITED: 'Invited', SUSPENDED: 'Suspended' },
  at: (role: string, unit: string) => `${role} at ${unit}`, more: (count: number) => `+${count}`,
  invitations: { title: 'Invitations', email: 'E-mail', roles: 'Roles', by: 'Invited by', sent: 'Sent', expires: 'Expires', resend: 'Send again', revoke: 'Revoke', resent: (email: string) => `The invitation to ${email} has been sent again; the link of before no longer works.`, revokeQuestion: (email: string) => `Revoke the invitation of ${email}?`, revokeHint: 'The link in the mail no longer works.' },
  inviteForm: { title: 'Invite somebody', email: 'E-mail', hint: 'The link in the mail works for seven days, once, and for that address alone.', submit: 'Send invitation', sent: (email: string) => `An invitation is on its way to ${email}.` },
  grants: { title: 'Roles', role: 'Role', unit: 'Organizational unit', source: 'Source', manual: 'given by hand', provider: 'from the identity provider', remove: 'Take away', add: 'Give a role', submit: 'Give', none: 'No role: this person can do nothing.', providerHint: 'The rules of the identity provider decide this role; it comes back at the next sign-on.' },
  actions: {
    suspend: 'Suspend', suspendQuestion: (name: string) => `Suspend ${name}?`, suspendHint: 'All sessions end at once, tokens rest. Running tasks go on.', resume: 'Resume', resumed: (name: string) => `${name} may act again and has to sign in anew.`, remove: 'Remove', removeQuestion: (name: string) => `Remove ${name} from the organization?`,
    removeHint: 'Sessions, tokens and roles end at once and do not come back. What the person did stays in the audit log.', sessions: 'End sessions', sessionsQuestion: (name: string) => `End all sessions of ${name}?`, sessionsHint: 'As after a laptop was lost. The person signs in anew; tokens stay.', sessionsDone: (name: string) => `All sessions of ${name} have ended.`, reset: 'Reset second factors', resetQuestion: (name: string) => `Remove the second factors of ${name}?`, resetHint: 'For somebody who lost them: app, passkeys and recovery codes go, and all sessions end. Make sure that it is really them who ask.', resetDone: (name: string) => `${name} signs in with the password alone now.`,
  },
  facts: 'Person', audit: 'What this person did',
} as const;
