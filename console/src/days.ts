// Days as people choose them, as instants of the zone of the browser, and the last day. Pure but for zone and clock.

/** When a day (`2026-11-30`) begins, or the day that many days after it. */
export function dayStart(day: string, after = 0): string {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + after);
  return at.toISOString();
}

/** From the begin of the one day to the end of the other; an empty day is no limit. */
export function takenAt(from: string, until: string): { gte?: string; lt?: string } {
  return { ...(from === '' ? {} : { gte: dayStart(from) }), ...(until === '' ? {} : { lt: dayStart(until, 1) }) };
}

const HOUR_MS = 3_600_000;

/** A day before the hour that it is: the same text for an hour, so that asking anew is the same question. */
export function dayAgo(now = Date.now()): string {
  return new Date(Math.floor(now / HOUR_MS) * HOUR_MS - 24 * HOUR_MS).toISOString();
}
