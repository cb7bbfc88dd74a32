// Words of the calendar.
export const calendar = {
  title: 'Calendar', week: (from: string, to: string) => `${from} to ${to}`, previous: 'Week before', next: 'Week after', now: 'This week', hour: 'Hour', runs: (count: number) => (count === 1 ? '1 backup' : `${count.toLocaleString('en')} backups`), none: 'Nothing is due in this week.', noneHint: 'Assign a policy to assets, or look at another week.', total: (count: number) => `${count.toLocaleString('en')} backups are due in this week`, busiest: (when: string, count: number) => `busiest hour: ${when} with ${count.toLocaleString('en')}`,
  cell: (when: string, count: number) => `${when}: ${count === 0 ? 'nothing' : count === 1 ? '1 backup' : `${count.toLocaleString('en')} backups`}`, zone: (zone: string) => `Times of ${zone}`, days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
} as const;
