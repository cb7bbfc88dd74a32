// Days as a calendar: columns of weeks that begin on Monday. Pure; days are UTC, as the server counts them.

export interface Day { day: string; available: number; proven: number }

const DAY_MS = 86_400_000;

/** The last `weeks` weeks up to today, a column each; days to come are left out. */
export function calendar(days: readonly Day[], today: string, weeks: number): Day[][] {
  const known = new Map(days.map((day) => [day.day, day]));
  const end = Date.parse(`${today}T00:00:00Z`);
  const weekday = (new Date(end).getUTCDay() + 6) % 7;
  const first = end - (weekday + 7 * (weeks - 1)) * DAY_MS;
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, place) => first + (week * 7 + place) * DAY_MS)
      .filter((at) => at <= end)
      .map((at) => {
        const day = new Date(at).toISOString().slice(0, 10);
        return known.get(day) ?? { day, available: 0, proven: 0 };
      }));
}

/** How a day is shown: nothing, something unproven, or how much of it is proven. */
export function level({ available, proven }: Day): 'none' | 'some' | 'proven' {
  if (available === 0) return 'none';
  return proven > 0 ? 'proven' : 'some';
}
