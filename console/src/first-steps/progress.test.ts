import { describe, expect, it } from 'vitest';
import { doneSteps, isBlank, nextStep } from './progress';
import { waysOf } from './ways';

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

  it('are all there is while nothing was begun, but not once an account waits for its role', () => {
    expect(isBlank({ ...none, waiting: { nodes: [] } })).toBe(true);
    expect(isBlank({ ...none, waiting: { nodes: [{ id: '1', name: 'Production' }] } })).toBe(false);
    expect(isBlank({ ...none, policies: count(1), waiting: { nodes: [] } })).toBe(false);
    expect(isBlank({ ...none, waiting: null })).toBe(false);
  });

  it('go on with what was begun', () => {
    const begun = { ...none, waiting: { nodes: [{ id: '1', name: 'Production' }] }, backups: { nodes: [{ id: '2' }] } };
    expect(waysOf('account', begun)).toEqual([{ to: '/aws-accounts/1', name: 'Go on with Production' }]);
    expect(waysOf('backup', begun)).toEqual([{ to: '/tasks/2', name: 'Watch it' }]);
    expect(waysOf('account', { ...none, waiting: null, backups: null }).map(({ to }) => to)).toEqual(['/aws-accounts/connect']);
  });
});
