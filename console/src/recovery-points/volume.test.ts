import { describe, expect, it } from 'vitest';
import { faults, sentenceOf, type VolumeWish } from './volume';

const WISH: VolumeWish = { region: 'eu-central-1', zone: 'eu-central-1a', type: null, iops: null, throughput: null, rate: null, encrypted: true, key: '', tags: [] };

describe('a wish for a volume', () => {
  it('has no fault as the form offers it', () => {
    expect(faults(WISH)).toEqual({});
  });
  it('must name a zone of its region', () => {
    expect(Object.keys(faults({ ...WISH, zone: 'eu-west-1a' }))).toEqual(['availabilityZone']);
    expect(Object.keys(faults({ ...WISH, zone: 'eu-central-1' }))).toEqual(['availabilityZone']);
    expect(faults({ ...WISH, region: 'us-west-2', zone: 'us-west-2-lax-1a' })).toEqual({});
  });
  it('keeps the numbers of each type', () => {
    expect(faults({ ...WISH, type: 'IO2' })).toHaveProperty('iops');
    expect(faults({ ...WISH, type: 'IO2', iops: 256_000 })).toEqual({});
    expect(faults({ ...WISH, type: 'GP3', iops: 2999, throughput: 2001 })).toEqual({ iops: '3,000 to 80,000.', throughputMibps: '125 to 2,000.' });
  });
  it('says which tag is wrong', () => {
    const tags = [{ key: 'a', value: '' }, { key: 'a', value: 'x' }, { key: 'aws:x', value: '' }, { key: ' ', value: '' }];
    expect(Object.keys(faults({ ...WISH, tags }))).toEqual(['tags.1', 'tags.2', 'tags.3']);
  });
  it('reads as a sentence', () => {
    expect(sentenceOf({ ...WISH, type: 'GP3', iops: 4000 }, 8, 'prod')).toBe('A new 8 GiB gp3 (4,000 IOPS) volume in eu-central-1a of prod, encrypted with the default key of the account.');
  });
});
