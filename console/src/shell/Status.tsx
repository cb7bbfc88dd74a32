// A state as a mark and a word: colour never speaks alone. Not for counts.
import { named } from '../format';

type Tone = 'good' | 'bad' | 'busy' | 'warn' | 'idle';
const TONES: Record<string, Tone> = {
  AVAILABLE: 'good', PROTECTED: 'good', ACTIVE: 'good', COMPLETED: 'good', CONNECTED: 'good', SUCCESS: 'good', RESTORED: 'good', CONTENT_MATCHES: 'good', CHECKSUMS_MATCH: 'good', DONE: 'good', COVERED: 'good', VERDICT_PROVEN: 'good', COMPLIANCE_IN: 'good',
  FAILED: 'bad', CRITICAL: 'bad', DAMAGED: 'bad', LOST: 'bad', REFUSED: 'bad', DISCONNECTED: 'bad', OVERDUE: 'bad', VERDICT_FAILED: 'bad', COMPLIANCE_OUT: 'bad',
  RUNNING: 'busy', CREATING: 'busy', ABORTING: 'busy', STARTED: 'busy', VERDICT_RUNNING: 'busy',
  COMPLETED_WITH_WARNINGS: 'warn', PARTIAL: 'warn', BLOCKED: 'warn', DEGRADED: 'warn', PENDING: 'warn', APPROVED: 'good', WARNING: 'warn', PAUSED: 'warn', SUSPENDED: 'warn', VERDICT_INCOMPLETE: 'warn', VERDICT_BROKEN_OFF: 'warn',
};

export function Status({ value, label }: { value: string; label?: string }) {
  return (
    <span className="status">
      <span className="dot" data-tone={TONES[value] ?? 'idle'} aria-hidden="true" />
      {label ?? named(value)}
    </span>
  );
}
