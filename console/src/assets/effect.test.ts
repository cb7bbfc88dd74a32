import { expect, it } from 'vitest';
import { effect } from './effect';

it('says of any number of assets how many change, and of which none do', () => {
  const counts = [{ policyId: null, assets: 390_000 }, { policyId: 'policy_gold', assets: 7_000 }, { policyId: 'policy_old', assets: 3_000 }];
  expect(effect(counts, 'policy_gold')).toEqual({ all: 400_000, bare: 390_000, same: 7_000 });
  expect(effect(counts, 'policy_new')).toEqual({ all: 400_000, bare: 390_000, same: 0 });
  expect(effect([], 'none')).toEqual({ all: 0, bare: 0, same: 0 });
});
