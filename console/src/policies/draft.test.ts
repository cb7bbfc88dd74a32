import { describe, expect, it } from 'vitest';
import { clockOf, diff, draftOf, draftOfInput, EMPTY, fromTemplate, inputOf, keptDraft, OPERATION, pathsOf, plain, type Draft } from './draft';

const twice: Draft = {
  name: ' Gold ', description: '', operations: [{
    ...OPERATION,
    frequencies: [{ every: { value: 12, unit: 'HOUR', weekdays: ['MONDAY'], dayOfMonth: 3 }, keep: { value: 2, unit: 'DAY' } }, { every: { value: 1, unit: 'MONTH', weekdays: [], dayOfMonth: 15 }, keep: { value: 1, unit: 'YEAR' } }],
    window: { opens: { hour: 22, minute: 0 }, closes: { hour: 6, minute: 30 } },
    proof: { level: 'CHECKSUMS_MATCH', within: { value: 7, unit: 'DAY' }, sample: { kind: 'PERCENT', percent: 10 } },
  }],
};

describe('a draft of a policy', () => {
  it('leaves out what its units do not use', () => {
    const input = inputOf(twice);
    expect(input.name).toBe('Gold');
    expect(input.description).toBeNull();
    expect(input.operations[0]?.frequencies.map(({ every }) => every)).toEqual([{ value: 12, unit: 'HOUR', weekdays: null, dayOfMonth: null }, { value: 1, unit: 'MONTH', weekdays: null, dayOfMonth: 15 }]);
  });
  it('comes back from the server as it was', () => {
    expect(draftOf(twice)).toEqual({ ...twice, description: '' });
  });
  it('reads the same while it waits to be planned', () => {
    const weekly = { every: { value: 1, unit: 'WEEK', weekdays: ['MONDAY'], dayOfMonth: null }, keep: { value: 2, unit: 'MONTH' } } as const;
    const policy: Draft = { ...twice, name: 'Gold', description: 'For all', operations: twice.operations.map((one) => ({ ...one, frequencies: [{ ...weekly, every: { ...weekly.every, weekdays: ['MONDAY'] } }, ...one.frequencies.slice(1)] })) };
    expect(plain(policy.operations)).toHaveLength(4);
    expect(diff(policy, draftOfInput(inputOf(policy)))).toEqual({ added: [], removed: [] });
    expect(diff(policy, draftOfInput({ ...inputOf(policy), description: null })).added).toEqual(['Description: none']);
  });
  it('reads as sentences', () => {
    expect(plain(twice.operations)).toEqual([
      'EBS volumes to the vault: every 12 hours on Monday, keep 2 days',
      'EBS volumes to the vault: every month, keep 1 year',
      'EBS volumes to the vault: starts at 02:00 UTC, only between 22:00 and 06:30',
      'EBS volumes to the vault: 10 % of the recovery points proven: checksums match within 7 days',
    ]);
  });
  it('sends a target of snapshots in the account, and none of the vault', () => {
    const far = { ...OPERATION, placement: 'IN_ACCOUNT', targetRegion: ' eu-central-1 ', storageTier: 'ARCHIVE' } as const;
    expect(inputOf({ ...twice, operations: [far] }).operations[0]).toMatchObject({ targetRegion: 'eu-central-1', storageTier: 'ARCHIVE' });
    expect(plain([far]).slice(1, 3)).toEqual([
      'EBS volumes as snapshots in their account: copied to eu-central-1, encrypted',
      'EBS volumes as snapshots in their account: in the archive tier, from which a restore takes up to three days',
    ]);
    const moved = inputOf({ ...twice, operations: [{ ...far, placement: 'VAULT' }] }).operations[0];
    expect(moved).not.toHaveProperty('targetRegion');
    expect(moved).not.toHaveProperty('storageTier');
    expect(plain([{ ...far, placement: 'VAULT' }])).toEqual(plain([OPERATION]));
  });
  it('says what an edit changes and nothing else', () => {
    expect(diff(twice, twice)).toEqual({ added: [], removed: [] });
    const longer: Draft = { ...EMPTY, name: 'a', operations: [{ ...OPERATION, frequencies: [{ every: { value: 1, unit: 'DAY', weekdays: [], dayOfMonth: null }, keep: { value: 60, unit: 'DAY' } }] }] };
    expect(diff({ ...EMPTY, name: 'a' }, longer)).toEqual({ added: ['EBS volumes to the vault: every day, keep 60 days'], removed: ['EBS volumes to the vault: every day, keep 30 days'] });
  });
  it('reads a time, and nothing that is none', () => {
    expect([clockOf('22:05'), clockOf(''), clockOf('9:00')]).toEqual([{ hour: 22, minute: 5 }, null, null]);
  });
  it('comes back from the plan as it was left, and nothing else does', () => {
    const draft = { ...EMPTY, name: 'Nightly' };
    expect([keptDraft(JSON.parse(JSON.stringify({ policy: draft }))), keptDraft(null), keptDraft({ policy: { name: 'x', operations: [] } }), keptDraft({ order: ['a'] })]).toEqual([draft, null, null, null]);
  });
  it('demands no proof of snapshots in the account, which cannot be read back', () => {
    const [vault] = twice.operations;
    if (vault == null) throw new Error('there is no operation');
    const there = { ...vault, placement: 'IN_ACCOUNT' } as const;
    expect(inputOf({ ...twice, operations: [there] }).operations[0]?.proof).toBeNull();
    expect(plain([there]).filter((line) => line.includes('proven'))).toEqual([]);
    expect(inputOf({ ...twice, operations: [{ ...there, placement: 'VAULT' }] }).operations[0]?.proof).toMatchObject({ level: 'CHECKSUMS_MATCH' });
  });
  it('claims only the problems that its form shows', () => {
    const path = (part: string) => `draft.operations.0.${part}`;
    expect(pathsOf(twice)).toEqual(expect.arrayContaining(['draft.name', 'draft.operations.0', path('frequencies.1.every.dayOfMonth'), path('window'), path('start'), path('proof'), path('proof.sample.percent')]));
    expect(pathsOf(twice)).not.toContain(path('targetRegion'));
    expect(pathsOf(twice)).not.toContain('draft.operations');
    const there = { ...OPERATION, placement: 'IN_ACCOUNT', frequencies: [{ every: { value: 1, unit: 'ON_DEMAND', weekdays: [], dayOfMonth: null }, keep: { value: 2, unit: 'DAY' } }] } as const;
    const shown = pathsOf({ ...twice, operations: [{ ...there, frequencies: there.frequencies.map((one) => ({ ...one, every: { ...one.every, weekdays: [] } })) }] });
    expect(shown).toContain(path('storageTier'));
    for (const hidden of ['proof', 'start', 'window', 'catchUp']) expect(shown).not.toContain(path(hidden));
  });
  it('takes what a template does, and keeps what a person wrote', () => {
    const gold = { ...twice, name: 'Gold', description: 'For what matters.' };
    expect(fromTemplate(EMPTY, EMPTY, gold)).toEqual(gold);
    expect(fromTemplate({ ...EMPTY, name: 'Mine' }, EMPTY, gold)).toEqual({ ...gold, name: 'Mine' });
    expect(fromTemplate({ ...gold, description: 'Mine.' }, gold, EMPTY)).toEqual({ ...EMPTY, description: 'Mine.' });
  });
});
