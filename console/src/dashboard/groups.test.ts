import { describe, expect, it } from 'vitest';
import { grouped, saving, worst } from './groups';

describe('groups of a dashboard', () => {
  it('adds up what belongs together, most to do first', () => {
    const count = (key: string, total: number, shield: number, listed = 0) => ({ key, name: key, total, protected: shield, listed, to: '' });
    expect(grouped([count('a', 10, 9), count('b', 4, 0), count('a', 5, 5)]).map(({ key, total, protected: shield }) => [key, total, shield])).toEqual([['b', 4, 0], ['a', 15, 14]]);
  });
  it('does not ask for what cannot be done', () => {
    const count = (key: string, total: number, listed: number) => ({ key, name: key, total, protected: 0, listed, to: '' });
    expect(grouped([count('a', 0, 12), count('b', 1, 0), count('b', 0, 3)]).map(({ key, total, listed }) => [key, total, listed])).toEqual([['b', 1, 3], ['a', 0, 12]]);
  });
  it('shows the worst of many, and how many there are', () => {
    const many = Array.from({ length: 300 }, (_, place) => place);
    expect([worst(many), worst(many.slice(0, 8))]).toEqual([{ shown: [0, 1, 2, 3, 4, 5, 6, 7], all: 300 }, { shown: [0, 1, 2, 3, 4, 5, 6, 7], all: null }]);
  });
  it('says what is saved, and nothing where nothing is', () => {
    expect([saving(1000, 70), saving(0, 0), saving(10, 12), saving(1000, 1)]).toEqual(['93 %', null, '0 %', '99 %']);
  });
});
