// Words of the dashboard.
import { plural } from '../plural';

export const dashboard = {
  title: 'Dashboard', alerts: 'Open alerts', accounts: 'AWS accounts that need you', missing: (names: string) => `Missing permissions: ${names}`, unusable: (regions: string) => `Cannot be used: ${regions}`, all: 'Show all', allOf: (count: number) => `Show all ${count.toLocaleString('en')}`,
  failed: 'Failed in the last 24 hours', failedNone: 'Nothing has failed in the last 24 hours.', blocked: (count: number) => plural(count, 'more waits for somebody', 'more wait for somebody'), toBlocked: (count: number) => plural(count, 'waits for somebody', 'wait for somebody'), blockedNone: 'none waits for somebody',
  running: 'At work now', runningNone: 'No task is at work.', queued: (count: number) => (count === 0 ? 'none in the queue' : `${count.toLocaleString('en')} in the queue`),
  unprotected: 'Unprotected assets', ofAssets: (total: number) => `of ${total.toLocaleString('en')}`,
  proven: 'Proven restorable', ofPoints: (proven: string, total: string) => `${proven} of ${total} recovery points`,
  protection: 'Protection', by: 'Group by', byKind: 'Kind', byAccount: 'Account', byUnit: 'Unit', group: 'Group', protectedOf: (shield: number, total: number) => `${shield.toLocaleString('en')} of ${total.toLocaleString('en')} protected`, onlyListed: (count: number) => `${count.toLocaleString('en')} listed; cannot be backed up yet`, assetsNone: 'No asset has been discovered yet.', assetsNoneHint: 'Connect an AWS account; its inventory is read at once.', connect: 'Connect an AWS account',
  storage: 'Vault', protectedBytes: 'Protected', storedBytes: 'Stored', saving: 'Saved', savingNote: 'by storing only what is new, compressed', trend: (from: string, to: string) => `Bytes protected and stored by day, ${from} to ${to}`, storageNone: 'The vault is empty.', storageNoneHint: 'After the first backup this shows how much is protected and how little it takes.',
  latest: 'Latest recovery points', pointsNone: 'There is no recovery point yet.', trendHint: 'Last 30 days, UTC', trendSoon: 'The trend by day begins tomorrow.', newest: (day: string, shield: string, stored: string) => `${day}: ${shield} protected, ${stored} stored`,
  next: 'Next 24 hours', nextAll: (count: number) => plural(count, 'backup is due', 'backups are due'), calendar: 'Calendar', nextNone: 'No backup is due in the next 24 hours.',
} as const;
