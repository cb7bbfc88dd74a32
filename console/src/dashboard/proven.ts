// How much of what is kept is known to restore. Invariant: only what was restored counts; a checksum proves that bytes are there.
import type { RecoveryPointProof } from '../gql/graphql';

const RESTORED: ReadonlySet<RecoveryPointProof> = new Set(['RESTORED', 'CONTENT_MATCHES']);

export function shareProven(counts: readonly { proof: RecoveryPointProof; recoveryPoints: number }[]): { held: number; proven: number } {
  const sum = (some: typeof counts) => some.reduce((all, { recoveryPoints }) => all + recoveryPoints, 0);
  return { held: sum(counts), proven: sum(counts.filter(({ proof }) => RESTORED.has(proof))) };
}
