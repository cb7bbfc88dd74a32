import { describe, expect, it } from 'vitest';
import { moved, sameOrder } from './order';

describe('the order of rules', () => {
  it('moves one entry and keeps the others', () => {
    expect([moved(['a', 'b', 'c'], 0, 2), moved(['a', 'b', 'c'], 2, 0), moved(['a', 'b', 'c'], 1, 9), moved(['a'], 5, 0)]).toEqual([['b', 'c', 'a'], ['c', 'a', 'b'], ['a', 'c', 'b'], ['a']]);
  });
  it('knows when nothing has moved', () => {
    const list = [{ id: 'a' }, { id: 'b' }];
    expect([sameOrder(list, [...list]), sameOrder(list, [...list].reverse()), sameOrder(list, list.slice(1))]).toEqual([true, false, false]);
  });
});
