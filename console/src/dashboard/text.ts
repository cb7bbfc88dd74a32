// Words of the dashboard.
export const dashboard = {
  title: 'Dashboard', failed: 'Failed tasks', failedNone: 'No task has failed.', running: 'At work now', runningNone: 'No task is at work.', protected: 'Protected assets', unprotected: 'Unprotected', points: 'Recovery points',
  proven: 'Proven restorable', queued: 'Queued', blocked: 'Blocked', latest: 'Latest recovery points', pointsNone: 'There is no recovery point yet.', all: 'Show all',
  ofAssets: (total: number) => `of ${total.toLocaleString('en')} assets`, ofPoints: (total: number) => `of ${total.toLocaleString('en')} available`,
} as const;
