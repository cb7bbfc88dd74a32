// Words of approvals: what waits for a second person.
export const approvals = {
  title: 'Approvals', one: 'Approval', what: 'What', reason: 'Why', by: 'Asked by', at: 'Asked', until: 'To decide', decidedOrUntil: 'Decided, or until', state: 'State', action: 'Kind', nothing: 'Nobody has asked for anything.', none: 'No request matches.', noneHint: 'What takes recovery points away before their time, or loosens what keeps them, waits here until a second person agrees.',
  states: { PENDING: 'Waits', APPROVED: 'Approved and done', DENIED: 'Refused', EXPIRED: 'Nobody decided', CANCELLED: 'Taken back' }, yours: 'Waits for you',
  would: 'What would be done', plan: 'What was asked for', exactly: 'The exact plan', hash: 'Hash of the plan', endsNow: 'Ends', endsThen: 'Would end', atOnce: 'at once', asked: 'Request',
  means: {
    DELETE_RECOVERY_POINTS: 'They begin to end at once. Until their undo window is over they can be taken back; then their data is removed from the vault.', SHORTEN_RECOVERY_POINT_RETENTION: 'They begin to end earlier than promised. Until their undo window is over they can be taken back; then their data is removed from the vault.',
    RELEASE_LEGAL_HOLD: 'What only this hold has kept ends when its retention says so, some of it perhaps at once.', LOOSEN_VAULT_LOCK: 'Recovery points that are locked already stay locked; the change is for those that are made from then on.', RELEASE_EXPIRY_BRAKE: 'More recovery points are due than anybody foresaw, so nothing has ended since. It begins again, and the clock is believed again.',
  },
  decision: 'Decision', note: 'Note', noteHint: 'Whoever asked reads it; it is kept in the audit log.', approve: 'Approve and do it', deny: 'Refuse', cancel: 'Take back', decidedBy: 'Decided by', decided: 'Decided', proof: 'You may be asked to prove that it is you. It is refused when anything has changed since it was asked for.',
  own: 'You have asked for this yourself, so somebody else must decide. Send them the address of this page.', notYours: 'Your role may not decide this.', expired: 'Nobody decided in time. It has to be asked for again.', approved: 'It was approved and carried out.', denied: 'It was refused.', cancelled: 'It was taken back.',
  requested: 'It was asked for; a second person must agree.', see: 'See the request',
} as const;
