import { expect, it } from 'vitest';
import { idsIn, withNames } from './identifiers';

const ACCOUNT = 'awsaccount_06h2vja0dswksdn9n44zh7456m';
const UNIT = 'unit_06h2vj9ywdsk1edr3env35hksg';

it('finds each identifier once, and nothing that only looks like one', () => {
  expect(idsIn(`AWS account is ${ACCOUNT} or ${ACCOUNT}, not in ${UNIT}; create_recovery_codes of vol_1`)).toEqual([ACCOUNT, UNIT]);
});

it('says names where they are known', () => {
  const nameOf = (id: string) => (id === ACCOUNT ? 'production' : id);
  expect(withNames(`AWS account is ${ACCOUNT} or ${UNIT}`, nameOf)).toBe(`AWS account is production or ${UNIT}`);
});
