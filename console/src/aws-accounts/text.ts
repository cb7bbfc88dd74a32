// Words of AWS accounts.
export const accounts = {
  title: 'AWS accounts', name: 'Name', number: 'Account', status: 'State', regions: 'Regions', missing: 'Missing permissions', none: 'No AWS account is connected.', noneHint: 'Connect one with the mutation connectAwsAccount; a page for it is to come.', inventory: 'Inventory read', refresh: 'Read inventory', refreshing: 'The inventory is being read.',
} as const;
