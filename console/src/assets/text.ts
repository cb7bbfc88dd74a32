// Words of assets.
export const assets = {
  title: 'Assets', one: 'Asset', name: 'Name', kind: 'Kind', account: 'Account', region: 'Region', policy: 'Policy', last: 'Last recovery point', size: 'Size', protection: 'Protection', protected: 'Protected', unprotected: 'Unprotected',
  none: 'No asset matches.', noneHint: 'Change the filters, or connect an AWS account and let its inventory be read.', search: 'Name or identifier', backUp: 'Back up now', started: 'The backup has been queued.', assign: 'Assign policy', native: 'Identifier at AWS',
  arn: 'ARN', found: 'Discovered', zone: 'Availability zone', state: 'State', encrypted: 'Encrypted', attached: 'Attached to', tags: 'Tags', facts: 'Configuration', points: 'Recovery points', tasks: 'Tasks', yes: 'yes', no: 'no', noPoints: 'This asset has no recovery point yet.',
  noTasks: 'No task has worked on this asset yet.', gone: 'Gone at AWS',
} as const;
