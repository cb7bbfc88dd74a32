// A week as days and hours of the browser's zone. Pure. Invariant: every hour that the server tells of lands in one cell, also in
// weeks in which the clocks change.

export interface Hour { startsAt: string; count: number }
export interface Cell { at: Date; count: number }

/** Monday midnight, local, of the week that lies so many weeks from this one. */
export function weekOf(now: Date, offset: number): { from: Date; until: Date } {
  const from = new Date(now.getFullYear(), now.getMonth(), now.getDate() - ((now.getDay() + 6) % 7) + 7 * offset);
  return { from, until: new Date(from.getFullYear(), from.getMonth(), from.getDate() + 7) };
}

/** Seven days of 24 cells; an hour that comes twice is added up, one that is left out has nothing. */
export function grid(from: Date, hours: readonly Hour[]): Cell[][] {
  const days = Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour): Cell => ({ at: new Date(from.getFullYear(), from.getMonth(), from.getDate() + day, hour), count: 0 })));
  for (const { startsAt, count } of hours) {
    const at = new Date(startsAt);
    const day = Math.round((new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime() - from.getTime()) / 86_400_000);
    const cell = days[day]?.[at.getHours()];
    if (cell != null) cell.count += count;
  }
  return days;
}

/** Five steps of a scale that ends at the busiest hour. */
export function step(count: number, most: number): 0 | 1 | 2 | 3 | 4 {
  if (count === 0 || most === 0) return 0;
  const share = count / most;
  return share > 0.75 ? 4 : share > 0.5 ? 3 : share > 0.25 ? 2 : 1;
}
