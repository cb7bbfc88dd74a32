// Words of the vault lock.
import { plural } from '../plural';

export const lock = {
  title: 'Vault lock', none: 'There is no lock.', mode: 'Mode', modes: { GOVERNANCE: 'Governance', COMPLIANCE: 'Compliance' }, modeHints: { GOVERNANCE: 'Two people together may loosen it.', COMPLIANCE: 'Nobody may loosen it, not even together.' },
  days: 'Every recovery point is kept for at least, in days', daysHint: '1 to 36,500, from the instant that it shows.', dayCount: (days: number) => plural(days, 'day'), minimum: 'Keeps for at least', since: 'Since', changed: 'Changed', reason: 'Why', reasonHint: 'It is kept in the audit log; when this loosens the lock, the second person reads it.',
  now: 'As it is', change: 'Change it', create: 'Lock the vault', apply: 'Apply the lock', remove: 'Ask for its removal', removeTitle: 'Remove the vault lock?', removeBody: 'A second person must agree. Recovery points that are locked already stay locked; the removal is for those that are made from then on.',
  effect: 'What will happen', effects: {
    first: 'Every recovery point, existing ones too, is locked for that long at once.', tighter: 'The lock becomes tighter at once, for existing recovery points too.', looser: 'This loosens the lock: a second person must agree. What is locked already stays locked.',
    same: 'Nothing changes.', refused: 'This is never done: a compliance lock is for ever, and a new one asks for no less than the lock before it.',
  },
  later: (hours: number, instant: string) => `It holds in ${plural(hours, 'hour')} (if you apply it now, on ${instant}), for existing recovery points too. Until then it can be taken back.`, forGood: 'From then on nobody shortens, loosens or removes it, ever, the administrators of this machine included: the store itself refuses.',
  confirm: 'Confirmation', confirmHint: (words: string) => `Write “${words}”.`, cannotKeep: 'The vault cannot keep such a lock', probed: 'Tried:',
  waits: 'A compliance lock waits', holds: 'Holds from', requested: 'Asked', waitsHint: 'Once it holds, nobody ever takes it back.', waitsSaid: 'The lock waits. Until it holds it can be taken back.', withdraw: 'Take it back', withdrawTitle: 'Take the waiting lock back?', withdrawBody: 'What held before goes on.', withdrawn: 'The waiting lock was taken back.',
  always: 'While a point is locked nobody ends it earlier, not even two people together.', applied: 'The lock holds.', cannot: 'You may not change the lock.',
} as const;
