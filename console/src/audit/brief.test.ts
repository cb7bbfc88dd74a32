import { describe, expect, it } from 'vitest';
import { brief } from './brief';

describe('a record in one line', () => {
  it('names what was asked for', () => {
    expect(brief('{"name":"Nightly","unassigned":0,"secondFactor":true}')).toBe('name: Nightly, unassigned: 0, second factor: true');
  });

  it('counts lists, and shows the one of a list of one', () => {
    expect(brief('{"assets":["asset_1","asset_2"],"policy_ids":["policy_1"],"operations":[{"kind":"x"}],"options":{"a":1}}')).toBe('assets: 2, policy ids: policy_1, operations: 1');
  });

  it('begins with the name, ends with identifiers, and leaves out what is empty or deep unless there is nothing else', () => {
    expect(brief('{"condition":{"a":1},"id":"policy_06h2raz56xwsv7yfzv63r42m00","keep":null,"kind":"x","name":"Nightly","terms":""}')).toBe('name: Nightly, kind: x, id: policy_06h2raz56xwsv7yfzv63r42m00');
    expect(brief('{"options":{"a":1},"keep":null}')).toBe('options: …, keep: –');
  });

  it('says names in the place of identifiers that it knows', () => {
    const nameOf = (id: string) => (id === 'idp_06h2raz56xwsv7yfzv63r42m00' ? 'Corp login' : id);
    expect(brief('{"email":"bob@corp.test","provider":"idp_06h2raz56xwsv7yfzv63r42m00","assets":["asset_06h2raz56xwsv7yfzv63r42m00"]}', nameOf)).toBe('email: bob@corp.test, provider: Corp login, assets: asset_06h2raz56xwsv7yfzv63r42m00');
  });

  it('is a dash when there is nothing, and the text when it is no object', () => {
    expect(brief('{}')).toBe('–');
    expect(brief('not json')).toBe('not json');
  });
});
