import { expect, it } from 'vitest';
import { current, fits } from './hits';

it('fits when every word is somewhere', () => {
  expect([fits('', 'Tasks'), fits('web vol', 'web-vol-00'), fits('web x', 'web-vol-00'), fits(' VOL-2 web', 'web', 'vol-2b39')]).toEqual([true, true, false, true]);
});

it('keeps no hit of another word that does not fit what is typed', () => {
  const found = [{ name: 'web-vol-00', id: 'vol-1' }, { name: 'crm-vol-01', id: 'vol-2' }];
  const names = (asked: string, typed: string) => current(found, asked, typed, ({ name, id }) => [name, id]).map(({ name }) => name);
  expect([names('team=web', 'team=web '), names('vol', 'vol-2'), names('vol', 'policies')]).toEqual([['web-vol-00', 'crm-vol-01'], ['crm-vol-01'], []]);
});
