// What has changed, as it changes: one stream of task events for the whole console; pages that show lists ask again when
// something of theirs has moved. Invariant: at most one new question a second, however fast the server tells.
import { useEffect, useSyncExternalStore } from 'react';
import { lineStore, socket, type Line } from './client';

const listeners = new Set<() => void>();
const PAUSE_MS = 1000;
let told = false;

function tell() {
  if (told) return;
  told = true;
  window.setTimeout(() => {
    told = false;
    listeners.forEach((listener) => { listener(); });
  }, PAUSE_MS);
}

/** Follows the stream from this cursor; the getter makes each new connection go on where the last one ended. */
export function follow(start: string | null): () => void {
  let cursor = start;
  const variables = {
    get after() {
      return cursor;
    },
  };
  return socket.subscribe<{ taskEvents: { cursor: string } }>(
    { query: 'subscription ($after: String) { taskEvents(after: $after) { cursor } }', variables },
    {
      next: (event) => {
        cursor = event.data?.taskEvents.cursor ?? cursor;
        tell();
      },
      error: tell,
      complete: () => undefined,
    },
  );
}

/** Calls `again` when tasks have moved. */
export function useLive(again: () => void): void {
  useEffect(() => {
    listeners.add(again);
    return () => {
      listeners.delete(again);
    };
  }, [again]);
}

export const useLine = (): Line => useSyncExternalStore((watcher) => lineStore.watch(watcher), () => lineStore.get());

let second = Date.now();
/** The present, anew every second: for what is "3 minutes ago". */
export const useNow = (): number =>
  useSyncExternalStore(
    (watcher) => {
      const timer = window.setInterval(() => {
        second = Date.now();
        watcher();
      }, 1000);
      return () => { window.clearInterval(timer); };
    },
    () => second,
  );
