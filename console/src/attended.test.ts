import { expect, it } from 'vitest';
import { attendance, touched } from './attended';

it('says that nobody is there a minute after the last touch, and tells of the next one once', () => {
  const begin = Date.now();
  let told = 0;
  const tell = () => { told += 1; };
  touched(tell, begin);
  expect(attendance(begin + 59_000)).toEqual({});
  expect(attendance(begin + 61_000)).toEqual({ 'x-holdfast-unattended': '1' });
  expect(told).toBe(0);
  // Somebody types for minutes, and the page asks nothing.
  for (let second = 0; second <= 180; second += 1) touched(tell, begin + 125_000 + 1000 * second);
  expect(told).toBe(3);
  expect(attendance(begin + 306_000)).toEqual({});
});
