// Counts of protection, added up by what one looks at. Pure.

/** `listed`: assets of kinds that cannot be backed up; they are no part of `total`, for nobody can do anything about them. */
export interface Count { key: string; name: string; total: number; protected: number; listed: number; to: string }

/** Adds up what has the same key; the group with most unprotected assets comes first, for there is most to do. */
export function grouped(counts: readonly Count[]): Count[] {
  const groups = new Map<string, Count>();
  for (const count of counts) {
    const group = groups.get(count.key);
    groups.set(count.key, group == null ? { ...count } : { ...group, total: group.total + count.total, protected: group.protected + count.protected, listed: group.listed + count.listed });
  }
  return [...groups.values()].sort((a, b) => b.total - b.protected - (a.total - a.protected) || a.name.localeCompare(b.name));
}

/** Most groups that the dashboard shows. */
const SHOWN_MAX = 8;

/** The first of them, and all there are when that is more. */
export const worst = <T>(groups: readonly T[]): { shown: readonly T[]; all: number | null } => ({ shown: groups.slice(0, SHOWN_MAX), all: groups.length > SHOWN_MAX ? groups.length : null });

/** Share of the protected bytes that need not be stored, as `93 %`; null while nothing is protected. */
export function saving(shield: number, stored: number): string | null {
  if (shield <= 0) return null;
  return `${Math.max(0, Math.floor((1 - stored / shield) * 100))} %`;
}
