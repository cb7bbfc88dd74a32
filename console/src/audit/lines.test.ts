import { expect, it } from 'vitest';
import { lines } from './lines';

it('puts the oldest record first, by number and not by text', () => {
  const records = ['10', '9', '11'].map((sequence) => ({ sequence, line: `{"n":${sequence}}` }));
  expect(lines(records)).toBe('{"n":9}\n{"n":10}\n{"n":11}\n');
});
