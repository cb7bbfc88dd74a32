// Words of the audit log.
export const audit = {
  title: 'Audit log', when: 'When', action: 'Action', actor: 'Who', outcome: 'Outcome', summary: 'What', address: 'Address', none: 'No record matches.', chain: (size: string) => `${size} records, each chained to the one before`, sequence: 'No.',
} as const;
