import { describe, expect, it } from 'vitest';
import { doneSteps, nextStep } from './progress';

const count = (totalCount: number) => ({ totalCount });
const none = { accounts: count(0), policies: count(0), protected: count(0), points: count(0), restores: count(0) };

describe('the first steps', () => {
  it('begin with the account', () => {
    expect(nextStep(doneSteps(none))).toBe('account');
  });

  it('go on with the first that is left, also when a later one is done', () => {
    expect(nextStep(doneSteps({ ...none, accounts: count(1), protected: count(3) }))).toBe('policy');
  });

  it('end when all is done', () => {
    const all = { accounts: count(1), policies: count(1), protected: count(1), points: count(1), restores: count(1) };
    expect(nextStep(doneSteps(all))).toBeNull();
  });

  it('count nothing that may not be read', () => {
    expect(doneSteps({ accounts: null, policies: null, protected: null, points: null, restores: null }).size).toBe(0);
  });
});
