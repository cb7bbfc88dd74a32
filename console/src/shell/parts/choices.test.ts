import { describe, expect, it } from 'vitest';
import { inParts, offered } from './choices';

interface Account { id: string; name: string }
const fleet: Account[] = Array.from({ length: 300 }, (_, place) => ({ id: `aws_${place}`, name: `account ${place}` }));
const one = (place: number) => fleet[place] ?? { id: '', name: '' };
const label = ({ name }: Account) => ({ label: name });

describe('choices of a long list', () => {
  it('name what is chosen beyond the first page', () => {
    const { choices, more } = offered({ found: fleet.slice(0, 20), total: 300, named: [one(250)], chosen: ['aws_250'], waiting: false }, label);
    expect(choices[0]).toEqual({ value: 'aws_250', label: 'account 250' });
    expect([choices.length, more]).toEqual([21, 280]);
  });
  it('leave what is chosen in its place when it was found', () => {
    const { choices } = offered({ found: fleet.slice(0, 3), total: 3, named: [one(1)], chosen: ['aws_1'], waiting: false }, label);
    expect(choices.map(({ value }) => value)).toEqual(['aws_0', 'aws_1', 'aws_2']);
  });
  it('keep what is chosen while something else is sought', () => {
    const { choices, more } = offered({ found: [], total: 0, named: [one(7)], chosen: ['aws_7'], waiting: false }, label);
    expect([choices, more]).toEqual([[{ value: 'aws_7', label: 'account 7' }], 0]);
  });
  it('never show an identifier', () => {
    const of = (waiting: boolean) => offered({ found: [], total: 0, named: [], chosen: ['aws_gone', 'aws_gone'], waiting }, label).choices;
    expect(of(true)).toEqual([{ value: 'aws_gone', label: '…' }]);
    expect(of(false)).toEqual([{ value: 'aws_gone', label: 'Not visible to you' }]);
  });
});

describe('identifiers that are asked for', () => {
  it('are all asked for, in parts that the server takes', () => {
    const ids = fleet.slice(0, 250).map(({ id }) => id);
    expect(inParts(ids, 100).map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(inParts(ids, 100).flat()).toEqual(ids);
    expect(inParts([], 100)).toEqual([]);
  });
});
