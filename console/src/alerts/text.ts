// Words of alerts.
export const alerts = {
  title: 'Alerts', one: 'Alert', what: 'Alert', kind: 'Kind', severity: 'Severity', raised: 'Raised', renewed: 'Seen last', cleared: 'Cleared', asset: 'Asset', times: 'Times', state: 'State', open: 'Open', over: 'Over', acknowledged: 'Acknowledged', notAcknowledged: 'Not acknowledged', both: 'Open and over',
  none: 'No alert matches.', noneHint: 'An alert is raised when something is not as it should be, and clears itself when it is again.', noneOpen: 'There is no open alert.', cause: 'What happened', evidence: 'Evidence', facts: 'Details', by: 'By', note: 'Note', id: 'Identifier', subject: 'About',
  acknowledge: 'Acknowledge', acknowledgeTitle: 'Acknowledge this alert', acknowledgeBody: 'It says that somebody takes care of it. The alert stays open until its cause is gone.', noteLabel: 'Note for your colleagues', acknowledgedSaid: 'The alert is acknowledged.',
} as const;
