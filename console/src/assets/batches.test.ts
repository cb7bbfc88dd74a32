import { describe, expect, it } from 'vitest';
import { inBatches } from './batches';

const ids = Array.from({ length: 230 }, (_, place) => place);

describe('many assets', () => {
  it('are all sent, at most 100 at once', async () => {
    const sent: number[][] = [];
    expect(await inBatches(ids, (part) => { sent.push(part); return Promise.resolve([]); })).toEqual({ done: 230, problems: [] });
    expect([sent.map(({ length }) => length), sent.flat()]).toEqual([[100, 100, 30], ids]);
  });
  it('stop at the first refusal, and it is told how many were done', async () => {
    const refused = [{ field: [], message: 'No.' }];
    const sent: number[] = [];
    const { done, problems } = await inBatches(ids, (part) => { sent.push(part.length); return Promise.resolve(sent.length === 2 ? refused : []); });
    expect([done, problems, sent]).toEqual([100, refused, [100, 100]]);
  });
});
