import { describe, expect, it } from 'vitest';
import { effectOf, wordsFor, type Terms } from './terms';

const of = (mode: Terms['mode'], minimumRetentionDays: number): Terms => ({ mode, minimumRetentionDays });

describe('a change of the vault lock', () => {
  it('holds at once when it is the first or tighter, and takes two when it is looser', () => {
    expect(effectOf(null, of('GOVERNANCE', 7))).toBe('first');
    expect(effectOf(of('GOVERNANCE', 7), of('GOVERNANCE', 8))).toBe('tighter');
    expect(effectOf(of('GOVERNANCE', 7), of('GOVERNANCE', 6))).toBe('looser');
    expect(effectOf(of('GOVERNANCE', 7), of('GOVERNANCE', 7))).toBe('same');
  });
  it('waits when it is for good, and is never less than before', () => {
    expect(effectOf(null, of('COMPLIANCE', 7))).toBe('later');
    expect(effectOf(of('GOVERNANCE', 7), of('COMPLIANCE', 7))).toBe('later');
    expect(effectOf(of('COMPLIANCE', 7), of('COMPLIANCE', 8))).toBe('later');
    expect(effectOf(of('GOVERNANCE', 7), of('COMPLIANCE', 6))).toBe('refused');
    expect(effectOf(of('COMPLIANCE', 7), of('COMPLIANCE', 6))).toBe('refused');
    expect(effectOf(of('COMPLIANCE', 7), of('GOVERNANCE', 30))).toBe('refused');
  });
  it('is confirmed by words that name the days', () => {
    expect(wordsFor(30)).toBe('lock for 30 days for good');
  });
});
