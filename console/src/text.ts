// Every word of the console, in one place for translation. Invariant: no component holds a sentence of its own.
export const text = {
  product: 'Holdfast',
  skip: 'Skip to content',
  nav: {
    label: 'Rooms', open: 'Open navigation', dashboard: 'Dashboard', assets: 'Assets', policies: 'Policies', points: 'Recovery points', tasks: 'Tasks',
    administration: 'Administration', accounts: 'AWS accounts', audit: 'Audit log', protection: 'Protection',
  },
  header: {
    running: (count: number) => (count === 1 ? '1 task at work' : `${count} tasks at work`),
    offline: 'Connection lost. What you see may be old; the stream goes on by itself.', theme: 'Switch between light and dark', signOut: 'Sign out', query: 'Show the query',
  },
  session: {
    title: 'Sign in', email: 'E-mail', password: 'Password', submit: 'Sign in', code: 'Code of your authenticator', recovery: 'Recovery code', useRecovery: 'Use a recovery code instead',
    useCode: 'Use your authenticator instead', second: 'Second factor', verify: 'Continue', restart: 'Start over', unreachable: 'The server cannot be reached.', noCookie: 'The browser did not keep the session cookie.',
  },
  state: {
    loading: 'Loading', failed: 'This could not be loaded.', again: 'Try again', missing: 'There is nothing here that you may see.', noPage: 'There is no such page.', home: 'To the dashboard',
    refused: 'Refused', none: 'none', never: 'never',
  },
  list: { next: 'Next', previous: 'Previous', of: (shown: number, total: number) => `${shown.toLocaleString('en')} of ${total.toLocaleString('en')}`, all: 'All', pages: 'Pages', search: 'Search' },
  dashboard: {
    title: 'Dashboard', failed: 'Failed tasks', failedNone: 'No task has failed.', running: 'At work now', runningNone: 'No task is at work.', protected: 'Protected assets', unprotected: 'Unprotected', points: 'Recovery points',
    proven: 'Proven restorable', queued: 'Queued', blocked: 'Blocked', latest: 'Latest recovery points', pointsNone: 'There is no recovery point yet.', all: 'Show all',
    ofAssets: (total: number) => `of ${total.toLocaleString('en')} assets`, ofPoints: (total: number) => `of ${total.toLocaleString('en')} available`,
  },
  assets: {
    title: 'Assets', one: 'Asset', name: 'Name', kind: 'Kind', account: 'Account', region: 'Region', policy: 'Policy', last: 'Last recovery point', size: 'Size', protection: 'Protection', protected: 'Protected', unprotected: 'Unprotected',
    none: 'No asset matches.', noneHint: 'Change the filters, or connect an AWS account and let its inventory be read.', search: 'Name or identifier', backUp: 'Back up now', started: 'The backup has been queued.', assign: 'Assign policy', native: 'Identifier at AWS',
    arn: 'ARN', found: 'Discovered', zone: 'Availability zone', state: 'State', encrypted: 'Encrypted', attached: 'Attached to', tags: 'Tags', facts: 'Configuration', points: 'Recovery points', tasks: 'Tasks', yes: 'yes', no: 'no', noPoints: 'This asset has no recovery point yet.',
    noTasks: 'No task has worked on this asset yet.', gone: 'Gone at AWS',
  },
  policies: {
    title: 'Policies', name: 'Name', does: 'What it does', active: 'State', on: 'Active', off: 'Paused', none: 'There is no policy yet.', noneHint: 'A policy says how often assets are backed up and for how long the copies are kept.', changed: 'Changed', vault: 'to the vault', account: 'as snapshots in the account',
    operation: (kind: string, frequencies: string, place: string) => `${kind} ${place}: ${frequencies}`,
  },
  points: {
    title: 'Recovery points', asset: 'Asset', taken: 'Taken', status: 'State', proof: 'Proof', size: 'Size', added: 'Added', place: 'Kept in', expires: 'Expires', full: 'Full', increment: 'Increment', none: 'No recovery point matches.', restore: 'Restore', verify: 'Verify now', verifying: 'The verification has been queued.',
  },
  restore: {
    title: 'Restore a volume', intro: (name: string) => `A new EBS volume with the content of ${name}; nothing that exists is changed.`, zone: 'Availability zone', zoneWrong: 'A zone is a region and a letter, for example eu-central-1a.', type: 'Volume type', same: 'As the original',
    iops: 'IOPS', throughput: 'Throughput in MiB/s', encrypted: 'Encrypt the volume', account: 'AWS account', region: 'Region', submit: 'Restore', cannot: 'This point cannot be restored by you.',
  },
  tasks: {
    title: 'Tasks', one: 'Task', kind: 'Task', asset: 'Asset', status: 'State', progress: 'Progress', begun: 'Created', took: 'Duration', none: 'No task matches.', abort: 'Abort', retry: 'Retry', steps: 'Steps', facts: 'Facts', failure: 'What went wrong', remedy: 'Remedy', warnings: 'Warnings', attempt: 'Attempt',
    data: 'Data', rate: (rate: string) => `${rate}/s`, created: 'Created', started: 'Started', finished: 'Finished', policy: 'Policy', point: 'Recovery point', volume: 'Restored volume', by: 'Asked by', noSteps: 'No step has begun.', noWarnings: 'none', system: 'Schedule',
  },
  accounts: { title: 'AWS accounts', name: 'Name', number: 'Account', status: 'State', regions: 'Regions', missing: 'Missing permissions', none: 'No AWS account is connected.', noneHint: 'Connect one with the mutation connectAwsAccount; a page for it is to come.', inventory: 'Inventory read', refresh: 'Read inventory', refreshing: 'The inventory is being read.' },
  audit: { title: 'Audit log', when: 'When', action: 'Action', actor: 'Who', outcome: 'Outcome', summary: 'What', address: 'Address', none: 'No record matches.', chain: (size: string) => `${size} records, each chained to the one before`, sequence: 'No.' },
  copy: (what: string) => `Copy ${what}`,
  copied: 'Copied',
} as const;
