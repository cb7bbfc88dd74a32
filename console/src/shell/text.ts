// Words of the frame around every room and of the parts that rooms are made of.
import { plural } from '../plural';

export const shell = {
  product: 'Holdfast',
  skip: 'Skip to content',
  nav: {
    label: 'Rooms', open: 'Open navigation', close: 'Close navigation',
    protection: 'Protection', dashboard: 'Dashboard', assets: 'Assets', policies: 'Policies', rules: 'Protection rules', points: 'Recovery points', holds: 'Legal holds', calendar: 'Calendar',
    activity: 'Activity', tasks: 'Tasks', alerts: 'Alerts', approvals: 'Approvals', reports: 'Reports',
    administration: 'Administration', accounts: 'AWS accounts', keys: 'Encryption keys', users: 'Users', roles: 'Roles', units: 'Organizational units', providers: 'Identity providers', tokens: 'Service tokens', organization: 'Organization', lock: 'Vault lock', firstSteps: 'First steps', audit: 'Audit log',
  },
  header: {
    running: (count: number | null) => (count == null ? 'Tasks at work: not known' : `${plural(count, 'task')} at work`),
    alerts: (count: number | null) => (count == null ? 'Open alerts: not known' : plural(count, 'open alert')),
    uncounted: '–',
    approvals: (count: number) => plural(count, 'request waits for you', 'requests wait for you'),
    offline: 'The connection is lost. What you see may be old; it goes on by itself where it stopped.',
    theme: 'Switch between light and dark', signOut: 'Sign out', query: 'Show the query', queryHint: 'Opens GraphiQL with the query of this page',
    search: 'Search or go to', me: (name: string, initials: string) => `${initials}, ${name}: account and help`, context: (name: string) => `Organization and unit: ${name}`, organizations: 'Organizations', units: 'Show only', whole: 'Whole organization', keys: 'Keyboard shortcuts',
    graphiql: 'GraphiQL', schema: 'Schema', here: 'current',
  },
  palette: {
    title: 'Search and commands', label: 'Search, or type a command', placeholder: 'Name, identifier, or what you want to do', none: 'Nothing matches.', go: 'Go to', commands: 'Commands', assets: 'Assets', policies: 'Policies', accounts: 'AWS accounts', byId: 'By identifier',
    hint: 'Arrow keys choose, Enter opens, Escape closes.',
  },
  commands: { unprotected: 'Show unprotected assets', failed: 'Show failed tasks', accounts: 'Connect an AWS account', hold: 'Place a legal hold' },
  keys: {
    title: 'Keyboard shortcuts', on: 'Single-key shortcuts', onHint: 'Turn them off if they are in the way of your assistive software. The palette stays at Ctrl or ⌘ with K.', palette: 'Search and commands', help: 'This sheet', theme: 'Light or dark', next: 'Next page of a list', previous: 'Previous page of a list', then: 'then', or: 'or', search: 'Search',
  },
  state: {
    loading: 'Loading', failed: 'This could not be loaded.', again: 'Try again', missing: 'There is nothing here that you may see.', noPage: 'There is no such page.', noPageHint: 'The address may be mistyped, or what it named is gone.', home: 'To the dashboard',
    refused: 'Refused', none: 'none', never: 'never', unreachable: 'The server cannot be reached.', broken: 'This page has failed.', brokenHint: 'Holdfast may have been updated meanwhile: load the page again.', reload: 'Load again', close: 'Close', cancel: 'Cancel',
    unsaved: 'Leave without saving?', unsavedHint: 'What you have changed here is lost.', leave: 'Leave',
    loadingMore: 'Loading new data',
    overtaken: 'Somebody else has changed this since you began. Saving would be refused, so that their change is not lost.', drop: 'Drop mine and show theirs',
  },
  list: {
    next: 'Next', previous: 'Previous', pages: 'Pages', search: 'Search', all: 'All', clear: 'Clear filters', filters: 'Filters', remove: (name: string) => `Remove the filter ${name}`, is: (name: string, values: string) => `${name}: ${values}`, more: (count: number) => `+${count}`, within: (name: string) => `Find in ${name.toLowerCase()}`,
    naming: '…', unseen: 'Not visible to you', typeToFind: 'Type to find', noChoice: 'Nothing matches.', moreChoices: (count: number) => (count === 1 ? '1 more: type to find it' : `${count >= 10_000 ? '10,000 or more' : count.toLocaleString('en')} more: type to find them`),
    of: (shown: number, total: number) => `${shown.toLocaleString('en')} of ${total >= 10_000 ? '10,000 or more' : total.toLocaleString('en')}`,
    daysOf: (zone: string) => `Days of ${zone}`,
    behind: (added: number) => (added === 0 ? 'Changed · show' : `${added.toLocaleString('en')} new · show`),
    columns: 'Columns', pick: (name: string) => `Select ${name}`, pickAll: 'Select all on this page', picked: (count: number) => `${count.toLocaleString('en')} selected`, unpick: 'Clear selection',
  },
  cadence: {
    units: { MINUTE: 'minute', HOUR: 'hour', DAY: 'day', WEEK: 'week', MONTH: 'month', YEAR: 'year', ON_DEMAND: 'run on demand' }, days: { MONDAY: 'Monday', TUESDAY: 'Tuesday', WEDNESDAY: 'Wednesday', THURSDAY: 'Thursday', FRIDAY: 'Friday', SATURDAY: 'Saturday', SUNDAY: 'Sunday' },
    every: (what: string, days: readonly string[], keep: string) => `every ${what}${days.length > 0 ? ` on ${days.join(', ')}` : ''}, keep ${keep}`, onDemand: (keep: string) => `on demand, keep ${keep}`,
  },
  copy: (what: string) => `Copy ${what}`,
  copied: 'Copied',
} as const;
