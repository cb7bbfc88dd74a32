// Days, and the one rule about zones: what people choose and read is of the browser's zone, and names it; what the server counts by the
// day or a policy plans by the clock is of another, and names that. Pure but for zone and clock. Invariant: no day is shown or taken
// without saying of which zone it is.

/** Whether it is a day as `2026-11-30`; addresses are written by hand, too. */
export function isDay(day: string | null | undefined): day is string {
  if (day == null || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

/** When a day (`2026-11-30`) begins, or the day that many days after it. */
export function dayStart(day: string, after = 0): string {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + after);
  return at.toISOString();
}

/** From the begin of the one day to the end of the other; what is no day is no limit, and undefined is no limit at all. */
export function between(from: string | null, until: string | null): { gte?: string; lt?: string } | undefined {
  if (!isDay(from) && !isDay(until)) return undefined;
  return { ...(isDay(from) ? { gte: dayStart(from) } : {}), ...(isDay(until) ? { lt: dayStart(until, 1) } : {}) };
}

/** The zone of the browser as its database names it: `Europe/Vienna`. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zone as people write it at that instant: `CET`. */
export function zoneName(at: Date = new Date()): string {
  return new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? zone();
}

/** A day without its zone, for where the zone stands beside: `2 Dec 2026`. */
export const dayName = (day: string): string => !isDay(day) ? day : new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));

/** The instant at which a day begins: `2 Dec 2026, 00:00 CET`. */
export const beginOf = (day: string): string => `${dayName(day)}, 00:00 ${zoneName(new Date(dayStart(day)))}`;

/** The instant at which a day ends: `2 Dec 2026, 24:00 CET`. */
export const endOf = (day: string): string => `${dayName(day)}, 24:00 ${zoneName(new Date(Date.parse(dayStart(day, 1)) - 1))}`;

/** A day as the server counts it: `2 Dec 2026 UTC`. */
export const utcDay = (day: string): string => `${dayName(day)} UTC`;

/** An instant to the minute, for what does not happen to the second: `3 Dec 2026, 18:52 CET`. */
export function minute(instant: number): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }).format(new Date(instant));
}

const HOUR_MS = 3_600_000;

/** A day before the hour that it is: the same text for an hour, so that asking anew is the same question. */
export function dayAgo(now = Date.now()): string {
  return new Date(Math.floor(now / HOUR_MS) * HOUR_MS - 24 * HOUR_MS).toISOString();
}
