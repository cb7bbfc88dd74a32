import { describe, expect, it } from 'vitest';
import { faultsOf, inputOf, isWhole, newGroup, newTest, pair, replace, say, testAt, treeOf } from './condition';

const CONDITION = { allOf: [{ assetKind: ['EBS_VOLUME'] }, { not: { anyOf: [{ anyTag: [{ key: 'env', value: 'dev' }, { key: 'a', value: 'b=c' }] }, { nameContains: 'tmp' }] } }, { tagContains: { key: 'team', value: 'pay' } }] };

describe('the condition of a rule', () => {
  it('goes through the editor unchanged', () => {
    const tree = treeOf(CONDITION);
    expect(tree).not.toBeNull();
    expect(tree == null ? null : inputOf(tree)).toEqual(CONDITION);
  });
  it('is refused when it is not what the editor knows', () => {
    expect([treeOf({}), treeOf({ allOf: [{ unheard: 1 }] }), treeOf({ name: ['a'], region: ['b'] }), treeOf(null)]).toEqual([null, null, null, null]);
  });
  it('reads as a sentence', () => {
    const tree = treeOf(CONDITION);
    expect(tree == null ? '' : say(tree, (value) => value)).toBe('kind is EBS volume and not (has at least one tag of env=dev or a=b=c or name contains tmp) and tag value contains team=pay');
  });
  it('is whole only when each test has a value', () => {
    expect(isWhole(newGroup([]))).toBe(false);
    expect(isWhole(newGroup())).toBe(false);
    expect(isWhole(newGroup([{ ...newTest('name'), values: ['a'] }]))).toBe(true);
    expect(isWhole({ ...newTest('tagContains'), values: ['team='] })).toBe(false);
  });
  it('changes one node and keeps the others', () => {
    const [first, second] = [newTest('name'), newTest('region')];
    const group = newGroup([first, second]);
    const without = replace(group, first.key, () => null);
    expect(without).toEqual({ ...group, children: [second] });
    expect(replace(group, second.key, (node) => ({ ...node, negated: true }))).toEqual({ ...group, children: [first, { ...second, negated: true }] });
  });
  it('finds the node that a refusal is about', () => {
    const [inner, second] = [newTest('anyTag'), { ...newTest('region'), negated: true }];
    const group = { ...newGroup([inner], 'anyOf' as const), negated: true };
    const root = newGroup([group, second]);
    const at = (path: string, message: string) => ({ path: path.split('.'), message });
    const faults = faultsOf(root, [at('allOf.0.not.anyOf.0.anyTag.3.key', 'a'), at('allOf.1.not.region', 'b'), at('allOf.1', 'c'), at('allOf.0.not.anyOf', 'd'), at('allOf', 'e')]);
    expect([...faults]).toEqual([[inner.key, 'a'], [second.key, 'b c'], [group.key, 'd'], [root.key, 'e']]);
  });
  it('splits a tag at the first equals sign', () => {
    expect([pair('a=b=c'), pair('a'), pair('=b')]).toEqual([{ key: 'a', value: 'b=c' }, { key: 'a', value: '' }, { key: '', value: 'b' }]);
  });
});

describe('the test that a path leads to', () => {
  const condition = { allOf: [{ assetKind: ['EBS_VOLUME'] }, { not: { awsAccount: ['awsaccount_1'] } }] };
  const words = (path: string[]) => { const found = testAt(condition, path); return found == null ? null : say(found, (id) => (id === 'awsaccount_1' ? 'production' : id)); };
  it('is said in words, with names', () => {
    expect([words(['allOf', '0', 'assetKind']), words(['allOf', '1', 'not', 'awsAccount']), words(['allOf', '1', 'not'])]).toEqual(['kind is EBS volume', 'AWS account is production', 'not (AWS account is production)']);
  });
  it('is nothing where the condition has changed since', () => {
    expect([words(['anyOf', '0', 'name']), words(['allOf', '7', 'name']), words([])]).toEqual([null, null, null]);
  });
});
