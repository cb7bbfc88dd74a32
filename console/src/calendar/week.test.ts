import { describe, expect, it } from 'vitest';
import { grid, step, weekOf } from './week';

describe('a week of the calendar', () => {
  it('begins on a Monday, whichever day it is', () => {
    for (const day of [30, 31, 32, 36]) expect(weekOf(new Date(2026, 10, day, 15), 0).from).toEqual(new Date(2026, 10, 30));
    expect(weekOf(new Date(2026, 10, 30), -1)).toEqual({ from: new Date(2026, 10, 23), until: new Date(2026, 10, 30) });
  });
  it('has a cell for every hour and adds up what falls into one', () => {
    const { from } = weekOf(new Date(2026, 10, 30), 0);
    const at = (day: number, hour: number) => new Date(2026, 10, 30 + day, hour).toISOString();
    const days = grid(from, [{ startsAt: at(0, 2), count: 3 }, { startsAt: at(0, 2), count: 4 }, { startsAt: at(6, 23), count: 1 }, { startsAt: at(9, 1), count: 9 }]);
    expect([days.length, days[0]?.length, days[0]?.[2]?.count, days[6]?.[23]?.count, days.flat().reduce((sum, cell) => sum + cell.count, 0)]).toEqual([7, 24, 7, 1, 8]);
  });
  it('grades by the busiest hour', () => {
    expect([step(0, 8), step(1, 8), step(3, 8), step(5, 8), step(8, 8), step(0, 0)]).toEqual([0, 1, 2, 3, 4, 0]);
  });
});
