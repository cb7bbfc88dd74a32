import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginOf, between, dayAgo, dayStart, endOf, isDay, minute, utcDay, zoneName } from './days';

describe('days that are chosen', () => {
  it('take the whole last day in', () => {
    const { gte, lt } = between('2026-01-31', '2026-01-31') ?? {};
    expect([Date.parse(lt ?? '') - Date.parse(gte ?? ''), new Date(lt ?? '').getDate()]).toEqual([86_400_000, 1]);
  });
  it('are no limit where none is chosen, and where an address holds no day', () => {
    expect([between('', ''), between('2026-13-45', null), between('2026-02-30', 'yesterday')]).toEqual([undefined, undefined, undefined]);
    expect([between('2026-02-01', ''), between(null, '2026-02-01')]).toEqual([{ gte: dayStart('2026-02-01') }, { lt: dayStart('2026-02-02') }]);
  });
  it('are days of the calendar', () => {
    expect(['2026-11-30', '2028-02-29', '2026-02-29', '2026-2-1', null].map(isDay)).toEqual([true, true, false, false, false]);
  });
});

describe('the zone of a day', () => {
  const before = process.env.TZ;
  beforeEach(() => { process.env.TZ = 'Europe/Vienna'; });
  afterEach(() => { process.env.TZ = before; });

  it('is said, and is the one that counts on that day', () => {
    expect([endOf('2026-12-02'), beginOf('2026-07-01'), utcDay('2026-12-02')]).toEqual(['2 Dec 2026, 24:00 CET', '1 Jul 2026, 00:00 CEST', '2 Dec 2026 UTC']);
    expect(dayStart('2026-12-02', 1)).toBe('2026-12-02T23:00:00.000Z');
  });
  it('is the one before the clocks change where a day ends as they do', () => {
    expect([endOf('2026-10-24'), endOf('2026-10-25')]).toEqual(['24 Oct 2026, 24:00 CEST', '25 Oct 2026, 24:00 CET']);
  });
  it('has a name of its own where letters are none', () => {
    process.env.TZ = 'Asia/Tokyo';
    expect(zoneName(new Date('2026-12-02T00:00:00Z'))).toBe('GMT+9');
  });
  it('stands beside the minute', () => {
    expect(minute(Date.parse('2026-12-03T17:52:31Z'))).toBe('3 Dec 2026, 18:52 CET');
  });
});

describe('the last day', () => {
  it('is the same for an hour, and never shorter than a day', () => {
    const at = (text: string) => dayAgo(Date.parse(text));
    expect([at('2026-11-30T14:00:00Z'), at('2026-11-30T14:59:59Z'), at('2026-11-30T15:00:00Z')]).toEqual(['2026-11-29T14:00:00.000Z', '2026-11-29T14:00:00.000Z', '2026-11-29T15:00:00.000Z']);
  });
});
