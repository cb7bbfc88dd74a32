import { describe, expect, it } from 'vitest';
import { dayAgo, dayStart, takenAt } from './days';

describe('days of a hold', () => {
  it('take the whole last day in', () => {
    const { gte, lt } = takenAt('2026-01-31', '2026-01-31');
    expect([Date.parse(lt ?? '') - Date.parse(gte ?? ''), new Date(lt ?? '').getDate()]).toEqual([86_400_000, 1]);
  });
  it('are no limit where none is chosen', () => {
    expect([takenAt('', ''), takenAt('2026-02-01', ''), takenAt('', '2026-02-01')]).toEqual([{}, { gte: dayStart('2026-02-01') }, { lt: dayStart('2026-02-02') }]);
  });
});

describe('the last day', () => {
  it('is the same for an hour, and never shorter than a day', () => {
    const at = (text: string) => dayAgo(Date.parse(text));
    expect([at('2026-11-30T14:00:00Z'), at('2026-11-30T14:59:59Z'), at('2026-11-30T15:00:00Z')]).toEqual(['2026-11-29T14:00:00.000Z', '2026-11-29T14:00:00.000Z', '2026-11-29T15:00:00.000Z']);
  });
});
