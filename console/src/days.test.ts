import { describe, expect, it } from 'vitest';
import { dayStart, takenAt } from './days';

describe('days of a hold', () => {
  it('take the whole last day in', () => {
    const { gte, lt } = takenAt('2026-01-31', '2026-01-31');
    expect([Date.parse(lt ?? '') - Date.parse(gte ?? ''), new Date(lt ?? '').getDate()]).toEqual([86_400_000, 1]);
  });
  it('are no limit where none is chosen', () => {
    expect([takenAt('', ''), takenAt('2026-02-01', ''), takenAt('', '2026-02-01')]).toEqual([{}, { gte: dayStart('2026-02-01') }, { lt: dayStart('2026-02-02') }]);
  });
});
