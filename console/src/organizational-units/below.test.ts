import { describe, expect, it } from 'vitest';
import { within } from './below';

const unit = (id: string, parent?: string) => ({ id, parent: parent == null ? null : { id: parent } });
const TREE = [unit('leaf', 'middle'), unit('root'), unit('middle', 'root'), unit('other', 'root')];

describe('units below a unit', () => {
  it('are found in any order of the list', () => {
    expect([...within(TREE, 'middle')].toSorted()).toEqual(['leaf', 'middle']);
    expect(within(TREE, 'root').size).toBe(4);
  });

  it('are the unit alone when nothing lies below it', () => {
    expect([...within(TREE, 'other')]).toEqual(['other']);
  });
});
