import { describe, expect, it } from 'vitest';
import { dayStart } from '../days';
import { filterOf } from './filter';

const read = (address: string) => {
  const search = new URLSearchParams(address);
  return filterOf({ get: (name) => search.get(name), all: (name) => search.get(name)?.split(',').filter((one) => one !== '') ?? [] });
};

describe('filters of the audit log', () => {
  it('are nothing when the address says nothing', () => {
    expect(read('')).toEqual({});
  });

  it('take several values and leave unknown ones out', () => {
    expect(read('outcome=REFUSED,MAYBE&interface=API,SSO&action=create_role,delete_role')).toEqual({ outcome: ['REFUSED'], interface: ['API', 'SSO'], action: ['create_role', 'delete_role'] });
  });

  it('take days as whole days of the zone in which the list shows its times', () => {
    expect(read('from=2026-11-29&to=2026-11-30')).toEqual({ occurredAt: { gte: dayStart('2026-11-29'), lt: dayStart('2026-12-01') } });
  });

  it('ignore what is no day', () => {
    expect(read('from=yesterday&to=2026-13-45')).toEqual({});
  });
});
