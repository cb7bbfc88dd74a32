import { describe, expect, it } from 'vitest';
import { inputOf, newGroup, newTest } from './condition';
import { fieldsOf, keptFields, orderOf, wishOf } from './draft';

describe('what waits in the history', () => {
  it('brings a form back as it was left', () => {
    const condition = newGroup([{ ...newTest('anyTag'), values: ['env=prod'] }, newGroup([], 'anyOf')]);
    const back = fieldsOf(JSON.parse(JSON.stringify(keptFields({ name: 'Databases', policy: 'policy_1', before: '', condition }))));
    expect(back == null ? null : { ...back, condition: inputOf(back.condition) }).toEqual({ name: 'Databases', policy: 'policy_1', before: '', condition: inputOf(condition) });
  });
  it('is nothing when somebody else has written it', () => {
    expect([null, undefined, 'x', [], {}, { fields: {} }, { wish: { title: 1, draft: {}, from: '/', done: '/' } }, { order: [1] }].map((state) => [fieldsOf(state), wishOf(state), orderOf(state)])).toEqual(Array(8).fill([null, null, null]));
  });
  it('knows a wish and an order', () => {
    const wish = { title: 'New order', draft: { ruleOrder: ['a'] }, from: '/protection-rules', kept: { order: ['a'] }, done: '/protection-rules' };
    expect([wishOf({ wish }), orderOf({ order: ['a', 'b'] })]).toEqual([wish, ['a', 'b']]);
  });
});
