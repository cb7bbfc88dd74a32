// Keys that act without a modifier, alone (`n`) or as two in a row (`g a`). Invariant: never while somebody types, never in
// a dialog, and everybody can turn them off (WCAG 2.1.4).
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut { keys: string; run: () => void }

const OFF_KEY = 'holdfast.shortcuts';
const PAIR_MS = 1200;
const sets = new Set<{ current: readonly Shortcut[] }>();
const watchers = new Set<() => void>();

const enabled = () => localStorage.getItem(OFF_KEY) !== 'off';
export function turnShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(OFF_KEY);
  else localStorage.setItem(OFF_KEY, 'off');
  watchers.forEach((watcher) => { watcher(); });
}
export const useShortcutsOn = (): boolean =>
  useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, enabled);

let held = { key: '', at: 0 };

/** What a key means now: the pair with the key before it, or the key alone. */
export function meaning(key: string, at: number, before: { key: string; at: number }, known: ReadonlySet<string>): string | null {
  const pair = `${before.key} ${key}`;
  if (before.key !== '' && at - before.at < PAIR_MS && known.has(pair)) return pair;
  return known.has(key) ? key : null;
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest('input:not([type=checkbox]), textarea, select, [role=dialog], [role=menu], [role=listbox]') != null);
}

function press(event: KeyboardEvent) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !enabled() || typing(event.target)) return;
  const all = [...sets].flatMap(({ current }) => current);
  const found = meaning(event.key, event.timeStamp, held, new Set(all.map(({ keys }) => keys)));
  held = { key: event.key, at: event.timeStamp };
  if (found == null) return;
  event.preventDefault();
  // The last one that was set belongs to what is nearest to the person.
  all.findLast(({ keys }) => keys === found)?.run();
}

export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useEffect(() => { latest.current = shortcuts; }, [shortcuts]);
  useEffect(() => {
    if (sets.size === 0) window.addEventListener('keydown', press);
    sets.add(latest);
    return () => {
      sets.delete(latest);
      if (sets.size === 0) window.removeEventListener('keydown', press);
    };
  }, []);
}
