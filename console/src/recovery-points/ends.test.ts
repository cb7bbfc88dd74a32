import { describe, expect, it } from 'vitest';
import { keptBy, parted, type Ending } from './ends';

const NOW = Date.parse('2026-12-01T00:00:00Z');
const POINT: Ending = { id: 'a', status: 'AVAILABLE', expiresAt: '2027-01-01T00:00:00Z', lockedUntil: null, legalHolds: [], asset: { policy: { id: 'p' }, lastRecoveryPoint: { id: 'z' } }, viewerCan: { delete: true } };
const by = (part: Partial<Ending>, until: string | null = null) => keptBy({ ...POINT, ...part }, until, NOW);

describe('a recovery point that shall end earlier', () => {
  it('ends when nothing keeps it', () => {
    expect(by({})).toBeNull();
    expect(by({ expiresAt: null }, '2026-12-24T00:00:00Z')).toBeNull();
  });
  it('is kept by holds, by the lock, and as the last one of a protected asset', () => {
    expect(by({ legalHolds: [{ id: 'h' }] })).toBe('HELD');
    expect(by({ lockedUntil: '2026-12-02T00:00:00Z' })).toBe('LOCKED');
    expect(by({ id: 'z' })).toBe('NEWEST');
    expect(by({ id: 'z', asset: { policy: null, lastRecoveryPoint: { id: 'z' } } })).toBeNull();
  });
  it('may end on a later day though it may not end now', () => {
    expect(by({ lockedUntil: '2026-12-02T00:00:00Z' }, '2026-12-02T00:00:00Z')).toBeNull();
    expect(by({ id: 'z' }, '2026-12-24T00:00:00Z')).toBeNull();
  });
  it('is left alone when it ends sooner anyway, when it is gone, and when one may not', () => {
    expect(by({}, '2027-01-01T00:00:00Z')).toBe('SOONER');
    expect(by({ status: 'EXPIRING' })).toBe('STATE');
    expect(by({ viewerCan: { delete: false } })).toBe('RIGHT');
  });
  it('is counted by what keeps it', () => {
    const held = { ...POINT, id: 'h', legalHolds: [{ id: 'h' }] };
    const { ending, kept } = parted([POINT, held, { ...held, id: 'i' }], null, NOW);
    expect(ending.map(({ id }) => id)).toEqual(['a']);
    expect([...kept]).toEqual([['HELD', 2]]);
  });
});
