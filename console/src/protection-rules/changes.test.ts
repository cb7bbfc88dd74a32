import { describe, expect, it } from 'vitest';
import { draftOf, EMPTY, inputOf, OPERATION } from '../policies/draft';
import { changedIds, policyLines, ruleLines } from './changes';

const POLICY = { ...EMPTY, id: 'policy_1', name: 'Gold' };
const wish = (keep: number) => ({ policies: [{ ...inputOf({ ...draftOf(POLICY), operations: [{ ...OPERATION, frequencies: [{ every: { value: 1, unit: 'DAY', weekdays: [], dayOfMonth: null }, keep: { value: keep, unit: 'DAY' } }] }] }), id: 'policy_1' }] } as const);
const RULE = { id: 'rule_1', name: 'Web', isActive: true, conditionInput: { awsAccount: ['awsaccount_1'] }, policy: { id: 'policy_1' } };
const nameOf = (id: string) => ({ policy_1: 'Gold', policy_2: 'Silver', awsaccount_1: 'production' })[id] ?? id;

describe('what a plan changes', () => {
  it('of a policy is said in sentences', () => {
    expect(policyLines(POLICY, wish(3) as never)).toEqual({ added: ['EBS volumes to the vault: every day, keep 3 days'], removed: ['EBS volumes to the vault: every day, keep 30 days'] });
  });
  it('of a rule is said with the names of things', () => {
    const draft = { rules: [{ id: 'rule_1', name: 'Web', policy: 'policy_2', condition: { not: { awsAccount: ['awsaccount_1'] } }, isActive: false }] };
    expect(ruleLines(RULE, draft, nameOf)).toEqual({
      removed: ['Policy: Gold', 'Applies to assets for which: AWS account is production', 'State: Active'],
      added: ['Policy: Silver', 'Applies to assets for which: not (AWS account is production)', 'State: Paused'],
    });
  });
  it('is left to the server when no sentence says it, or when the draft is about something else', () => {
    expect([policyLines(POLICY, wish(30) as never), policyLines({ ...POLICY, id: 'policy_9' }, wish(3) as never)]).toEqual([null, null]);
    expect(ruleLines(RULE, { rules: [{ id: 'rule_1', name: 'Web', policy: 'policy_1', condition: { awsAccount: ['awsaccount_1'] } }] }, nameOf)).toBeNull();
  });
  it('is asked for by identifier', () => {
    expect(changedIds({ policies: [{ name: 'new', operations: [] }], rules: [{ id: 'rule_1', name: 'Web', policy: 'x', condition: { name: ['a'] } }] })).toEqual(['rule_1']);
  });
});
