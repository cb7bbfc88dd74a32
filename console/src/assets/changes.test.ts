import { describe, expect, it } from 'vitest';
import { changes } from './changes';

const gold = { id: 'gold', name: 'Gold' };
const ASSETS = [{ id: '1' }, { id: '2', policy: gold }, { id: '3', policy: { id: 'silver', name: 'Silver' } }, { id: '4', policy: null }];

describe('an assignment', () => {
  it('says who gets, leaves and keeps a policy', () => {
    const { changed, lines } = changes(ASSETS, 'gold');
    expect(changed.map(({ id }) => id)).toEqual(['1', '3', '4']);
    expect(lines).toEqual(['2 get a policy for the first time', '1 leaves “Silver”', '1 has this policy already']);
  });
  it('says what is lost', () => {
    const { changed, lines } = changes(ASSETS, null);
    expect(changed.map(({ id }) => id)).toEqual(['2', '3']);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('loses “Gold”');
  });
  it('says that nothing changes', () => {
    expect(changes([{ id: '2', policy: gold }], 'gold')).toEqual({ changed: [], lines: ['Nothing changes.'] });
  });
});
