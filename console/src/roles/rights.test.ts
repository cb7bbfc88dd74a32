import { describe, expect, it } from 'vitest';
import { GROUPS } from './rights';
import { roles } from './text';

describe('rights', () => {
  it('are all shown, each once', () => {
    const shown = GROUPS.flatMap(({ rights }) => rights);
    expect(shown.toSorted()).toEqual(Object.keys(roles.permissions).toSorted());
  });
});
