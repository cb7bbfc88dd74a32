// What was done, and how long it is said: the list behind Notices.tsx. Invariant: nothing leaves while somebody points at it or has the
// focus in it, and then each stays as long again as it would have.

export interface Notice { id: number; message: string; link?: { to: string; name: string } | undefined }

const STAY_MS = 8000;

export function noticeList() {
  let notices: readonly Notice[] = [];
  let next = 0;
  const watchers = new Set<() => void>();
  const timers = new Map<number, ReturnType<typeof setTimeout>>();
  const holders = new Set<string>();
  const change = (list: readonly Notice[]) => {
    notices = list;
    watchers.forEach((watcher) => { watcher(); });
  };
  const stop = (id: number) => {
    clearTimeout(timers.get(id));
    timers.delete(id);
  };
  const leave = (id: number) => {
    stop(id);
    change(notices.filter((one) => one.id !== id));
  };
  const start = (id: number) => { timers.set(id, setTimeout(leave, STAY_MS, id)); };
  /** Somebody begins or ends to hold all of them. */
  const hold = (holder: 'pointer' | 'focus', held: boolean) => {
    const before = holders.size;
    if (held) holders.add(holder);
    else holders.delete(holder);
    if (before === 0 && holders.size > 0) notices.forEach(({ id }) => { stop(id); });
    if (before > 0 && holders.size === 0) notices.forEach(({ id }) => { start(id); });
  };
  return {
    get: () => notices,
    watch: (watcher: () => void) => {
      watchers.add(watcher);
      return () => { watchers.delete(watcher); };
    },
    say: (message: string, link?: { to: string; name: string }) => {
      const id = next;
      next += 1;
      change([...notices, { id, message, link }]);
      if (holders.size === 0) start(id);
    },
    /** By its button, which takes focus and pointer along: no browser tells that they have left. */
    close: (id: number) => {
      leave(id);
      hold('focus', false);
      hold('pointer', false);
    },
    hold,
  };
}
