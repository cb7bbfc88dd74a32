import { describe, expect, it } from 'vitest';
import { dayStart } from '../days';
import { filterOf } from './filter';

const read = (address: string) => {
  const search = new URLSearchParams(address);
  return filterOf({ get: (name) => search.get(name), all: (name) => search.get(name)?.split(',').filter((one) => one !== '') ?? [] });
};
const SINCE = '2026-11-29T18:00:00.000Z';

describe('filters of tasks', () => {
  it('are nothing when the address says nothing, or nothing that is known', () => {
    expect([read(''), read('status=LATE&since=yesterday&from=today')]).toEqual([{}, {}]);
  });
  it('take an instant, as the dashboard links to what has failed', () => {
    expect(read(`status=FAILED,PARTIAL&since=${SINCE}`)).toEqual({ status: ['FAILED', 'PARTIAL'], createdAt: { gte: SINCE } });
  });
  it('take an asset, an account and days', () => {
    expect(read('asset=ast_1&account=aws_1&from=2026-11-29&to=2026-11-30')).toEqual({ asset: ['ast_1'], awsAccount: ['aws_1'], createdAt: { gte: dayStart('2026-11-29'), lt: dayStart('2026-12-01') } });
  });
  it('begin with the later of a day and an instant', () => {
    expect([read(`since=${SINCE}&from=2026-11-01`), read(`since=${SINCE}&from=2026-12-24`)]).toEqual([{ createdAt: { gte: SINCE } }, { createdAt: { gte: dayStart('2026-12-24') } }]);
  });
});
