// Words of policies.
export const policies = {
  title: 'Policies', name: 'Name', does: 'What it does', active: 'State', on: 'Active', off: 'Paused', none: 'There is no policy yet.', noneHint: 'A policy says how often assets are backed up and for how long the copies are kept.', changed: 'Changed', vault: 'to the vault', account: 'as snapshots in the account',
  operation: (kind: string, frequencies: string, place: string) => `${kind} ${place}: ${frequencies}`,
} as const;
