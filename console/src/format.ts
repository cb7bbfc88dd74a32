// Numbers, times and names as people read them. Pure: the clock and the zone are arguments of the browser, never state.
import type { IntervalUnit, RetentionUnit, Weekday } from './gql/graphql';
import { plural } from './plural';
import { shell } from './shell/text';

const words = shell.cadence;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in binary units with three significant digits at most: `1.5 GiB`. */
export function bytes(value: string | number | null | undefined): string {
  if (value == null) return '–';
  let size = Number(value);
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${Number(size.toFixed(digits)).toString()} ${UNITS[unit] ?? ''}`;
}

const DAY = 86_400;
const YEAR = 365.2425 * DAY;
/** From how many seconds on time is counted in what, and how long that is. Months and years begin at two: before, they say too little. */
const STEPS: [Intl.RelativeTimeFormatUnit, number, number][] = [
  ['year', 2 * YEAR, YEAR],
  ['month', 60 * DAY, YEAR / 12],
  ['day', DAY, DAY],
  ['hour', 3600, 3600],
  ['minute', 60, 60],
  ['second', 1, 1],
];
/** A clock that is ahead by so little, or was looked at so little before, does not put the past into the future. */
const AHEAD_SECONDS = 2;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `3 minutes ago`, `in 2 days`, `in 7 years`. */
export function ago(instant: string, now: number): string {
  const seconds = Math.round((Date.parse(instant) - now) / 1000);
  if (seconds > 0 && seconds <= AHEAD_SECONDS) return relative.format(0, 'second');
  const [unit, , size] = STEPS.find(([, least]) => Math.abs(seconds) >= least) ?? ['second', 1, 1];
  return relative.format(Math.round(seconds / size), unit);
}

/** Exact, with the zone: `23 Nov 2026, 14:10:03 UTC`. */
export function exact(instant: string, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'long',
    ...(zone == null ? {} : { timeZone: zone }),
  }).format(new Date(instant));
}

/** How long something took or has been at work. */
export function duration(from: string | null | undefined, to: string | null | undefined, now: number): string {
  if (from == null) return '–';
  const seconds = Math.max(0, Math.round(((to == null ? now : Date.parse(to)) - Date.parse(from)) / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** A share as people read it: never 100 % before it is whole. */
export function percent(share: number): string {
  return `${share >= 1 ? 100 : Math.min(99, Math.floor(share * 100))} %`;
}

/** How long something takes that has done this share in so many seconds; null while that cannot be told. */
export function remaining(share: number, seconds: number): string | null {
  if (share < 0.02 || share >= 1 || seconds < 5) return null;
  const left = Math.round((seconds / share) * (1 - share));
  if (left < 60) return `${left} s`;
  const minutes = Math.round(left / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

interface Cadence {
  every: { value: number; unit: IntervalUnit; weekdays: readonly Weekday[] };
  keep: { value: number; unit: RetentionUnit };
}

/** How long something is kept: `2 days`. */
export function kept(keep: { value: number; unit: IntervalUnit | RetentionUnit }): string {
  return plural(keep.value, words.units[keep.unit]);
}

/** A frequency as a sentence: `every 12 hours, keep 2 days`. */
export function sentence({ every, keep }: Cadence): string {
  if (every.unit === 'ON_DEMAND') return words.onDemand(kept(keep));
  const unit = words.units[every.unit];
  return words.every(every.value === 1 ? unit : plural(every.value, unit), every.weekdays.map((day) => words.days[day]), kept(keep));
}

/** `BACKUP_EBS` as `Backup EBS`: names that the server may add later stay readable. */
export function named(value: string): string {
  const words = value.split('_').map((word) => (/^(EBS|EC2|AWS|SSO|API|CLI|SCIM)$/.test(word) ? word : word.toLowerCase()));
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A key that makes a repeated request start its work once. Not `randomUUID`: that is missing on plain http. */
export function idempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
