import { describe, expect, it } from 'vitest';
import { assets } from './assets/text';
import { calendar } from './calendar/text';
import { plural } from './plural';

describe('a number and what it counts', () => {
  it('agree', () => {
    expect([plural(0, 'backup'), plural(1, 'backup'), plural(1204, 'backup'), plural(2, 'policy', 'policies')]).toEqual(['0 backups', '1 backup', '1,204 backups', '2 policies']);
  });
  it('agree in sentences, with their verbs', () => {
    expect([assets.previewNew(1), assets.previewNew(2), assets.previewMoved(1, 'Gold'), calendar.total(1), calendar.total(3)]).toEqual([
      '1 gets a policy for the first time', '2 get a policy for the first time', '1 leaves “Gold”', '1 backup is due in this week', '3 backups are due in this week',
    ]);
  });
});
