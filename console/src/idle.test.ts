import { afterEach, describe, expect, it, vi } from 'vitest';
import { counted, whenIdle } from './idle';

describe('waiting for answers', () => {
  afterEach(() => { vi.unstubAllGlobals(); });

  it('calls at once when nothing is awaited, and once when the last answer is there, also one that fails', async () => {
    const ends: { well: () => void; badly: () => void }[] = [];
    vi.stubGlobal('fetch', async () => new Promise((resolve, reject) => {
      ends.push({ well: () => { resolve('answer'); }, badly: () => { reject(new Error('the line is cut')); } });
    }));
    const told: string[] = [];
    whenIdle(() => told.push('at once'));
    const [first, second] = [counted('/graphql'), counted('/graphql')];
    whenIdle(() => told.push('later'));
    ends[0]?.well();
    await first;
    expect(told).toEqual(['at once']);
    ends[1]?.badly();
    await expect(second).rejects.toThrow('the line is cut');
    expect(told).toEqual(['at once', 'later']);
    whenIdle(() => told.push('at once again'));
    expect(told).toHaveLength(3);
  });
});
