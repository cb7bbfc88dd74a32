import { describe, expect, it } from 'vitest';
import { calendar, level } from './heat';

describe('a calendar of recovery points', () => {
  it('begins on a Monday and ends today', () => {
    // 2 December 2026 is a Wednesday.
    const weeks = calendar([{ day: '2026-11-30', available: 3, proven: 2 }], '2026-12-02', 2);
    expect(weeks.map((week) => week.map(({ day }) => day.slice(5)))).toEqual([['11-23', '11-24', '11-25', '11-26', '11-27', '11-28', '11-29'], ['11-30', '12-01', '12-02']]);
    expect(weeks[1]?.[0]).toEqual({ day: '2026-11-30', available: 3, proven: 2 });
    expect(weeks[1]?.[1]).toEqual({ day: '2026-12-01', available: 0, proven: 0 });
  });
  it('tells proven days from others', () => {
    expect([level({ day: '', available: 0, proven: 0 }), level({ day: '', available: 2, proven: 0 }), level({ day: '', available: 2, proven: 1 })]).toEqual(['none', 'some', 'proven']);
  });
});
