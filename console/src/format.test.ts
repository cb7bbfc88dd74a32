import { describe, expect, it } from 'vitest';
import { ago, bytes, duration, exact, idempotencyKey, named, sentence } from './format';

const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('numbers', () => {
  it('says bytes in binary units', () => {
    expect([bytes('0'), bytes('1023'), bytes('1024'), bytes('1610612736'), bytes('123456789012')]).toEqual(['0 B', '1023 B', '1 KiB', '1.5 GiB', '115 GiB']);
    expect(bytes(null)).toBe('–');
  });
});

describe('times', () => {
  it('says how long ago, and how soon', () => {
    expect(ago('2026-11-23T11:57:00Z', NOW)).toBe('3 minutes ago');
    expect(ago('2026-11-25T12:00:00Z', NOW)).toBe('in 2 days');
    expect(ago('2026-11-23T12:00:00Z', NOW)).toBe('now');
    expect(['2027-01-07T12:00:00Z', '2027-01-23T12:00:00Z', '2027-11-23T12:00:00Z', '2033-11-21T12:00:00Z', '2026-05-23T12:00:00Z', '1996-11-23T12:00:00Z'].map((at) => ago(at, NOW))).toEqual(['in 45 days', 'in 2 months', 'in 12 months', 'in 7 years', '6 months ago', '30 years ago']);
    expect([ago('2026-11-23T12:00:01.900Z', NOW), ago('2026-11-23T12:00:03Z', NOW), ago('2026-11-23T11:59:59Z', NOW)]).toEqual(['now', 'in 3 seconds', '1 second ago']);
  });
  it('says the zone', () => {
    expect(exact('2026-11-23T14:10:03Z', 'UTC')).toBe('23 Nov 2026, 14:10:03 UTC');
  });
  it('measures what is still at work against the clock', () => {
    expect(duration('2026-11-23T11:58:55Z', null, NOW)).toBe('1 min 5 s');
    expect(duration('2026-11-23T10:00:00Z', '2026-11-23T11:30:10Z', NOW)).toBe('1 h 30 min');
    expect(duration(null, null, NOW)).toBe('–');
  });
});

describe('sentences', () => {
  it('reads a frequency', () => {
    const every = { value: 12, unit: 'HOUR', weekdays: [], dayOfMonth: null } as const;
    expect(sentence({ every: { ...every, weekdays: [] }, keep: { value: 2, unit: 'DAY' } })).toBe('every 12 hours, keep 2 days');
    expect(sentence({ every: { ...every, value: 1, unit: 'WEEK', weekdays: ['MONDAY'] }, keep: { value: 1, unit: 'YEAR' } })).toBe('every week on Monday, keep 1 year');
    expect(sentence({ every: { ...every, unit: 'ON_DEMAND', weekdays: [] }, keep: { value: 3, unit: 'WEEK' } })).toBe('on demand, keep 3 weeks');
  });
  it('names what it has never seen', () => {
    expect([named('BACKUP_EBS'), named('COMPLETED_WITH_WARNINGS')]).toEqual(['Backup EBS', 'Completed with warnings']);
  });
  it('never gives a key twice', () => {
    expect(idempotencyKey()).not.toBe(idempotencyKey());
    expect(idempotencyKey()).toMatch(/^[0-9a-f]{32}$/);
  });
});
