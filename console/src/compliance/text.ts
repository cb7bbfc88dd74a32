// Words of compliance.
export const compliance = {
  title: 'Compliance', status: { IN: 'In compliance', OUT: 'Out of compliance', UNKNOWN: 'Unknown' }, outOf: (count: number) => `${count.toLocaleString('en')} out of compliance`, of: (total: number) => `of ${total.toLocaleString('en')} judged`, since: 'Since', checked: 'Checked', follows: '; a change counts within seconds.', next: 'Looked at again', notChecked: 'Nobody has looked yet; it takes seconds.',
  controls: { PROTECTED: 'Protected', POLICY_MINIMUMS: 'Frequent and kept long enough', RECOVERY_POINTS: 'Has its recovery points', PROVEN: 'Proven' },
} as const;
