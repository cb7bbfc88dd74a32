import { describe, expect, it } from 'vitest';
import { mayRestore } from './restorable';

const point = (status: 'AVAILABLE' | 'DAMAGED' | 'LOST' | 'EXPIRED', restore: boolean) => ({ status, viewerCan: { restore } });

describe('a recovery point', () => {
  it('is restored by who may when it is whole', () => {
    expect([mayRestore(point('AVAILABLE', true), true), mayRestore(point('AVAILABLE', false), true)]).toEqual([true, false]);
  });
  it('is restored by who has the right when it is damaged', () => {
    expect([mayRestore(point('DAMAGED', false), true), mayRestore(point('DAMAGED', false), false)]).toEqual([true, false]);
  });
  it('is restored by nobody when it is lost or over', () => {
    expect([mayRestore(point('LOST', true), true), mayRestore(point('EXPIRED', true), true)]).toEqual([false, false]);
  });
});
