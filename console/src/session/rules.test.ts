import { describe, expect, it } from 'vitest';
import { judged, type Rule } from './rules';

const RULES: Rule[] = [
  { rule: 'LENGTH', charactersMin: 14, charactersMax: 64 }, { rule: 'LOWER_CASE' }, { rule: 'UPPER_CASE' }, { rule: 'DIGIT' }, { rule: 'SPECIAL' }, { rule: 'NO_WHITE_SPACE' }, { rule: 'NOT_COMMON' }, { rule: 'NO_CONTEXT' },
];
const open = (password: string) => judged(RULES, password).filter((one) => one.verdict === 'open').map((one) => one.rule);

describe('the rules for a new password', () => {
  it('are all open before anything is typed, but for those of the server', () => {
    expect(open('')).toEqual(['LENGTH', 'LOWER_CASE', 'UPPER_CASE', 'DIGIT', 'SPECIAL', 'NO_WHITE_SPACE']);
    expect(judged(RULES, '').filter((one) => one.verdict === 'later').map((one) => one.rule)).toEqual(['NOT_COMMON', 'NO_CONTEXT']);
  });

  it('are kept by a good one', () => {
    expect(open('Quiet-Zebra-8-Teapot')).toEqual([]);
  });

  it('name what is missing', () => {
    expect(open('quiet-zebra-8-teapot')).toEqual(['UPPER_CASE']);
    expect(open('QuietZebra8Teapot')).toEqual(['SPECIAL']);
    expect(open('Quiet Zebra-8-Teapot')).toEqual(['NO_WHITE_SPACE']);
    expect(open(`Aa1-${'x'.repeat(61)}`)).toEqual(['LENGTH']);
  });

  it('count characters and not UTF-16 units', () => {
    expect(open('Aa1-🐘🐘🐘🐘🐘🐘🐘🐘🐘')).toEqual(['LENGTH']);
    expect(open('Aa1-🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘')).toEqual([]);
  });

  it('say how long it must be', () => {
    expect(judged(RULES, '')[0]?.label).toBe('14 to 64 characters');
  });
});
