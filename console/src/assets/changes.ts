// What an assignment changes, told before it is done. Pure.
import { text } from '../text';

interface Given { id: string; policy?: { id: string; name: string } | null | undefined }

/** The assets that change, and sentences about all of them; `null` takes the policy away. */
export function changes<T extends Given>(assets: readonly T[], to: string | null): { changed: T[]; lines: string[] } {
  const changed = assets.filter(({ policy }) => (policy?.id ?? null) !== to);
  const same = assets.length - changed.length;
  const from = new Map<string, number>();
  for (const { policy } of changed) if (policy != null) from.set(policy.name, (from.get(policy.name) ?? 0) + 1);
  const fresh = changed.filter(({ policy }) => policy == null).length;
  const lines = [...from].map(([name, count]) => (to == null ? text.assets.previewLost(count, name) : text.assets.previewMoved(count, name)));
  if (fresh > 0) lines.unshift(text.assets.previewNew(fresh));
  if (same > 0 && to != null) lines.push(text.assets.previewSame(same));
  return { changed, lines: changed.length === 0 ? [text.assets.previewNone] : lines };
}
