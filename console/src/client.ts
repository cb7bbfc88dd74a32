// How the console talks to the server: one origin, one cookie, one socket. The session is an HttpOnly cookie, so no token
// ever reaches this code. Invariant: an event stream goes on after its last cursor, so a break of the line loses nothing.
import { createClient as createSocket } from 'graphql-ws';
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from 'urql';
import { attendance } from './attended';
import { counted } from './idle';
import { proofExchange, proofs } from './session/proof';
import { chosenUnit } from './unit';

/** Required by the server on every request that a cookie authenticates: a cross-site form cannot send it. */
const CSRF = { 'x-requested-by': 'console' } as const;
/** Narrows everything to one organizational unit and those below it. */
const UNIT_HEADER = 'x-holdfast-organizational-unit';

function context(): Record<string, string> {
  const unit = chosenUnit.get();
  return unit == null ? {} : { [UNIT_HEADER]: unit };
}

/** Tells the server that somebody is here. */
export function here(): void {
  void fetch('/graphql', { method: 'POST', credentials: 'same-origin', headers: { ...CSRF, ...attendance(), 'content-type': 'application/json' }, body: '{"query":"query Here { viewer { id } }"}' }).catch(() => undefined);
}

export type Line = 'online' | 'offline';
let line: Line = 'online';
const watchers = new Set<() => void>();
function setLine(next: Line) {
  line = next;
  watchers.forEach((watcher) => { watcher(); });
}
export const lineStore = {
  get: (): Line => line,
  watch: (watcher: () => void): (() => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
};

export const socket = createSocket({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  connectionParams: () => ({ ...context(), ...attendance() }),
  // A server that restarts is back within seconds; a laptop that sleeps comes back after hours.
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  on: {
    connected: () => { setLine('online'); },
    closed: (event) => { if (!(event instanceof CloseEvent) || event.code !== 1000) setLine('offline'); },
  },
});

/** `onEnded` is called when the server no longer knows the session. */
export function createClient(onEnded: () => void): Client {
  return new Client({
    url: '/graphql',
    fetch: counted,
    preferGetMethod: false,
    // What is known is shown at once; what has changed while nobody looked is asked for all the same.
    requestPolicy: 'cache-and-network',
    fetchOptions: () => ({ credentials: 'same-origin', headers: { ...CSRF, ...context(), ...attendance() } }),
    exchanges: [
      cacheExchange,
      proofExchange(proofs, onEnded),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query: request.query ?? '', variables: request.variables }, {
              next: (value) => { sink.next(value as Parameters<typeof sink.next>[0]); },
              error: (error) => { sink.error(error); },
              complete: () => { sink.complete(); },
            }),
          }),
        }),
      }),
    ],
  });
}
