// A state as a mark and a word: colour never speaks alone. Not for counts.
import { named } from '../format';

type Tone = 'good' | 'bad' | 'busy' | 'warn' | 'idle';
const TONES: Record<string, Tone> = {
  AVAILABLE: 'good', PROTECTED: 'good', VERDICT_PROVEN: 'good', COMPLIANCE_IN: 'good', ACTIVE: 'good', COMPLETED: 'good', CONNECTED: 'good', SUCCESS: 'good', RESTORED: 'good', CONTENT_MATCHES: 'good', CHECKSUMS_MATCH: 'good', DONE: 'good',
  FAILED: 'bad', VERDICT_FAILED: 'bad', COMPLIANCE_OUT: 'bad', CRITICAL: 'bad', DAMAGED: 'bad', LOST: 'bad', REFUSED: 'bad', DISCONNECTED: 'bad',
  RUNNING: 'busy', VERDICT_RUNNING: 'busy', CREATING: 'busy', ABORTING: 'busy', STARTED: 'busy',
  COMPLETED_WITH_WARNINGS: 'warn', PARTIAL: 'warn', BLOCKED: 'warn', DEGRADED: 'warn', PENDING: 'warn', VERDICT_INCOMPLETE: 'warn', VERDICT_BROKEN_OFF: 'warn', WARNING: 'warn', PAUSED: 'warn',
};

export function Status({ value, label }: { value: string; label?: string }) {
  return (
    <span className="status">
      <span className="dot" data-tone={TONES[value] ?? 'idle'} aria-hidden="true" />
      {label ?? named(value)}
    </span>
  );
}
