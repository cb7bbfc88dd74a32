import { describe, expect, it } from 'vitest';
import { steady } from './steady';

const row = (id: string, state = 'old') => ({ id, state });
const [a, b, c] = [row('a'), row('b'), row('c')];

describe('a list that is held', () => {
  it('follows while nobody is at it', () => {
    expect(steady(null, [b, a])).toEqual({ rows: [b, a], added: 0, behind: false });
  });
  it('keeps rows and order, shows what is new of them, and counts what has come', () => {
    const fresh = [row('d'), c, row('a', 'new')];
    expect(steady([c, b, a], fresh)).toEqual({ rows: [c, b, row('a', 'new')], added: 1, behind: true });
  });
  it('is behind when rows have only gone or changed places', () => {
    expect(steady([a, b], [a])).toMatchObject({ added: 0, behind: true });
    expect(steady([a, b], [b, a])).toMatchObject({ added: 0, behind: true });
    expect(steady([a, b], [row('a', 'new'), b])).toMatchObject({ added: 0, behind: false });
  });
});
