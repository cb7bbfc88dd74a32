import { describe, expect, it } from 'vitest';
import { into, regionsOf, startOf, type Account } from './target';

const home: Account = { id: 'aws_250', name: 'account 250', accountId: '250', status: 'CONNECTED', regions: [{ region: 'us-east-1' }, { region: 'eu-central-1' }] };
const other: Account = { id: 'aws_1', name: 'account 1', accountId: '1', status: 'CONNECTED', regions: [{ region: 'eu-west-1' }] };
const point = { placement: 'VAULT', region: null, asset: { region: 'eu-central-1', awsAccount: home, volume: { availabilityZone: 'eu-central-1c' } } };
const of = (account: Account) => ({ ...point, asset: { ...point.asset, awsAccount: account } });

describe('where a restore goes to', () => {
  it('begins at the place of the original', () => {
    expect(startOf(point)).toEqual({ account: 'aws_250', region: 'eu-central-1', zone: 'eu-central-1c' });
  });
  it('begins with no account when that of the asset is gone, never with another one', () => {
    expect(startOf(of({ ...home, status: 'DISCONNECTED' })).account).toBe('');
    expect(startOf({ ...point, asset: { ...point.asset, awsAccount: null } }).account).toBe('');
  });
  it('is always in a region of its account', () => {
    expect(startOf(of({ ...home, regions: [{ region: 'us-east-1' }] }))).toEqual({ account: 'aws_250', region: 'us-east-1', zone: 'us-east-1a' });
    expect(into(startOf(point), other, point)).toEqual({ account: 'aws_1', region: 'eu-west-1', zone: 'eu-west-1a' });
    expect(into(startOf(point), { ...other, regions: home.regions }, point)).toEqual({ account: 'aws_1', region: 'eu-central-1', zone: 'eu-central-1c' });
    expect(into(startOf(point), { ...other, regions: [] }, point)).toEqual({ account: 'aws_1', region: '', zone: '' });
  });
  it('may be the region of the snapshot in the account where that lies', () => {
    const snapshot = { ...point, placement: 'IN_ACCOUNT', region: 'eu-north-1' };
    expect(regionsOf(home, snapshot)).toContain('eu-north-1');
    expect(regionsOf(other, snapshot)).not.toContain('eu-north-1');
  });
});
