// Where somebody was going before an identity provider took over: it sends everybody back to the first page. Invariant: the way is
// an address of this console, it is gone after one use, and an old one leads nowhere.

const KEY = 'holdfast.way';
const ROOT = '/console';
/** Longest time at a provider: as long as the server remembers a sign-on. */
const LASTS_MS = 10 * 60_000;

/** The way that was kept, if it is fresh. */
export function fresh(kept: string | null, now: number): string | null {
  const [, at, way] = /^(\d+) (\/(?!\/).*)$/.exec(kept ?? '') ?? [];
  return way != null && now - Number(at) < LASTS_MS ? way : null;
}

export function keep(): void {
  const way = `${location.pathname.slice(ROOT.length)}${location.search}`;
  if (way.startsWith('/') && way !== '/') sessionStorage.setItem(KEY, `${Date.now()} ${way}`);
}

/** Before the router looks at the address. */
export function resume(): void {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  const way = fresh(kept, Date.now());
  if (way != null && /^\/console\/?$/.test(location.pathname)) history.replaceState(null, '', `${ROOT}${way}`);
}
