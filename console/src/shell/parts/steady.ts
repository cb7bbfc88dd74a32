// Which rows a list that moves by itself shows while somebody is at it: those that were there when they began, in that order, with what
// is known of them now. Pure. Not for noticing that somebody is (useSteady.ts). Invariant: no row moves, comes or goes while it is held.

interface Row { id: string }

export interface Steady<T> {
  rows: readonly T[];
  /** How many rows have come that are not shown. */
  added: number;
  /** Whether what is shown is other than what there is now. */
  behind: boolean;
}

export function steady<T extends Row>(held: readonly T[] | null, fresh: readonly T[]): Steady<T> {
  if (held == null) return { rows: fresh, added: 0, behind: false };
  const now = new Map(fresh.map((row) => [row.id, row] as const));
  const shown = new Set(held.map(({ id }) => id));
  return {
    rows: held.map((row) => now.get(row.id) ?? row),
    added: fresh.filter(({ id }) => !shown.has(id)).length,
    behind: held.length !== fresh.length || held.some(({ id }, place) => fresh[place]?.id !== id),
  };
}
