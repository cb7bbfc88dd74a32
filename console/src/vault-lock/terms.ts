// What applying terms of the vault lock means, and the words for what nobody takes back. Pure.
import type { VaultLockMode } from '../gql/graphql';

export interface Terms { mode: VaultLockMode; minimumRetentionDays: number }

/** `refused` is never done; `looser` takes two people; `later` holds after a while and then for good; `first` and `tighter` hold at once. */
export type Effect = 'first' | 'same' | 'tighter' | 'looser' | 'later' | 'refused';

export function effectOf(now: Terms | null, to: Terms): Effect {
  if (now?.mode === to.mode && now.minimumRetentionDays === to.minimumRetentionDays) return 'same';
  if (to.mode === 'COMPLIANCE') return now != null && to.minimumRetentionDays < now.minimumRetentionDays ? 'refused' : 'later';
  if (now?.mode === 'COMPLIANCE') return 'refused';
  if (now == null) return 'first';
  return to.minimumRetentionDays < now.minimumRetentionDays ? 'looser' : 'tighter';
}

/** The words that `applyVaultLock` takes as `confirmation`. */
export const wordsFor = (days: number): string => `lock for ${days} days for good`;
