// Words of alerts.
export const alerts = {
  title: 'Alerts', one: 'Alert', what: 'Alert', kind: 'Kind', severity: 'Severity', raised: 'Raised', renewed: 'Seen last', cleared: 'Cleared', asset: 'Asset', times: 'Times', state: 'State', open: 'Open', over: 'Over', acknowledged: 'Acknowledged', notAcknowledged: 'Not acknowledged', both: 'Open and over',
  none: 'No alert matches.', noneHint: 'An alert is raised when something is not as it should be, and clears itself when it is again.', noneOpen: 'There is no open alert.', cause: 'What happened', evidence: 'Evidence', facts: 'Details', by: 'By', note: 'Note', id: 'Identifier', subject: 'About',
  acknowledge: 'Acknowledge', acknowledgeTitle: (count: number) => (count === 1 ? 'Acknowledge this alert' : `Acknowledge ${count} alerts`), acknowledgeBody: (count: number) => (count === 1 ? 'It says that somebody takes care of it. The alert stays open until its cause is gone.' : 'It says that somebody takes care of them. An alert stays open until its cause is gone.'), noteLabel: 'Note for your colleagues', acknowledgedSaid: (count: number) => (count === 1 ? 'The alert is acknowledged.' : `${count} alerts are acknowledged.`),
  brake: {
    open: 'Let them end', action: 'Ask for it', title: 'Let recovery points end again', reason: 'Why', reasonHint: 'The second person reads it.',
    first: { MASS_EXPIRY: 'Look at the retention of your policies first: more would end at once than anybody foresaw.', CLOCKS_DISAGREE: 'Only after the server was switched off for long. When a clock is wrong, mend the clock instead; the alert then clears itself.', VAULT_TAMPERED: 'Find out first who changed the vault. What its signed heads said is given up by this.' },
    says: ['A second person sees the exact list and must agree; until then nothing ends.', 'What is on the list begins to end, with its undo window; what comes up later is judged anew.', 'The clock of the server, and the repositories that are doubted now, are trusted again.'],
  },
} as const;
