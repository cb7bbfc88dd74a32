import { describe, expect, it } from 'vitest';
import { brief } from './brief';

describe('a record in one line', () => {
  it('names what was asked for', () => {
    expect(brief('{"name":"Nightly","unassigned":0,"secondFactor":true}')).toBe('name: Nightly, unassigned: 0, second factor: true');
  });

  it('counts lists, and shows the one of a list of one', () => {
    expect(brief('{"assets":["asset_1","asset_2"],"policy_ids":["policy_1"],"operations":[{"kind":"x"}],"options":{"a":1}}')).toBe('assets: 2, policy ids: policy_1, operations: 1, options: …');
  });

  it('is a dash when there is nothing, and the text when it is no object', () => {
    expect(brief('{}')).toBe('–');
    expect(brief('not json')).toBe('not json');
  });
});
