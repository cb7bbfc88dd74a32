// Words of the calendar.
import { plural } from '../plural';

export const calendar = {
  title: 'Calendar', week: (from: string, to: string) => `${from} to ${to}`, previous: 'Week before', next: 'Week after', now: 'This week', hour: 'Hour', runs: (count: number) => plural(count, 'backup'), none: 'Nothing is due in this week.', noneHint: 'Assign a policy to assets, or look at another week.', total: (count: number) => `${plural(count, 'backup is', 'backups are')} due in this week`, busiest: (when: string, count: number) => `busiest hour: ${when} with ${count.toLocaleString('en')}`,
  cell: (when: string, count: number) => `${when}: ${count === 0 ? 'nothing' : plural(count, 'backup')}`, zone: (zone: string) => `Times of ${zone}`, days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
} as const;
