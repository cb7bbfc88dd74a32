import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noticeList } from './noticeList';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });
const told = (list: ReturnType<typeof noticeList>) => list.get().map(({ message }) => message);

it('is gone after a while', () => {
  const list = noticeList();
  list.say('one');
  vi.advanceTimersByTime(7999);
  list.say('two');
  vi.advanceTimersByTime(1);
  expect(told(list)).toEqual(['two']);
});

it('stays while somebody points at it or has the focus in it', () => {
  const list = noticeList();
  list.say('one');
  list.hold('pointer', true);
  list.hold('focus', true);
  list.say('two');
  vi.advanceTimersByTime(60_000);
  list.hold('pointer', false);
  vi.advanceTimersByTime(60_000);
  expect(told(list)).toEqual(['one', 'two']);
  list.hold('focus', false);
  vi.advanceTimersByTime(7999);
  expect(told(list)).toEqual(['one', 'two']);
  vi.advanceTimersByTime(1);
  expect(told(list)).toEqual([]);
});

it('holds the others no longer when one was closed', () => {
  const list = noticeList();
  list.say('one');
  list.say('two');
  list.hold('pointer', true);
  list.hold('focus', true);
  list.close(list.get()[0]?.id ?? -1);
  vi.advanceTimersByTime(8000);
  expect(told(list)).toEqual([]);
});
