// Words of tokens that belong to no person.
export const serviceTokens = {
  title: 'Service tokens', hint: 'For programs that outlive people: a service token has roles of its own and stays when whoever made it goes.', name: 'Name', nameHint: 'What it is for, such as “Nightly report”.', roles: 'Roles', by: 'Made by', used: 'Last used', expires: 'Expires', add: 'New token', days: 'Valid for, in days', submit: 'Make token', none: 'There is no service token.',
  revoke: 'Revoke', revokeQuestion: (name: string) => `Revoke the token ${name}?`, revokeHint: 'Programs that use it are refused at once.', secretTitle: 'The new service token', secretHint: 'It is never shown again. Send it as Authorization: Bearer.', secret: 'the token',
} as const;
