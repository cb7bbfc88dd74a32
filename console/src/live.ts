// What has changed, as it changes: one stream of events per topic that a page shows; pages ask again when something of
// theirs has moved. Invariant: at most one new question a second, however fast the server tells, and none before the last answer is
// there, however slow it is; and a stream that breaks goes on behind the last event it has seen.
import { useEffect, useSyncExternalStore } from 'react';
import { lineStore, socket, type Line } from './client';
import { whenIdle } from './idle';

const STREAMS = {
  task: 'subscription TaskChanges($after: String) { change: taskEvents(after: $after) { cursor } }',
  asset: 'subscription AssetChanges($after: String) { change: assetEvents(after: $after) { cursor } }',
  point: 'subscription PointChanges($after: String) { change: recoveryPointEvents(after: $after) { cursor } }',
  policy: 'subscription PolicyChanges($after: String) { change: policyEvents(after: $after) { cursor } }',
  rule: 'subscription RuleChanges($after: String) { change: protectionRuleEvents(after: $after) { cursor } }',
  hold: 'subscription HoldChanges($after: String) { change: legalHoldEvents(after: $after) { cursor } }',
  approval: 'subscription ApprovalChanges($after: String) { change: approvalRequestEvents(after: $after) { cursor } }',
  compliance: 'subscription ComplianceChanges($after: String) { change: complianceEvents(after: $after) { cursor } }',
  alert: 'subscription AlertChanges($after: String) { change: alertEvents(after: $after) { cursor } }',
  account: 'subscription AccountChanges($after: String) { change: awsAccountEvents(after: $after) { cursor } }',
  user: 'subscription UserChanges($after: String) { change: userEvents(after: $after) { cursor } }',
  invitation: 'subscription InvitationChanges($after: String) { change: invitationEvents(after: $after) { cursor } }',
  role: 'subscription RoleChanges($after: String) { change: roleEvents(after: $after) { cursor } }',
  unit: 'subscription UnitChanges($after: String) { change: organizationalUnitEvents(after: $after) { cursor } }',
  token: 'subscription ServiceTokenChanges($after: String) { change: serviceTokenEvents(after: $after) { cursor } }',
  provider: 'subscription ProviderChanges($after: String) { change: identityProviderEvents(after: $after) { cursor } }',
  domain: 'subscription DomainChanges($after: String) { change: domainClaimEvents(after: $after) { cursor } }',
  organization: 'subscription OrganizationChanges($after: String) { change: organizationEvents(after: $after) { cursor } }',
  own: 'subscription OwnChanges($after: String) { change: viewerEvents(after: $after) { cursor } }',
  audit: 'subscription AuditChanges($after: String) { change: auditEvents(after: $after) { cursor } }',
} as const;
export type Topic = keyof typeof STREAMS;

const PAUSE_MS = 1000;
/** Pause before a stream that was ended begins again. */
export const REOPEN_MS = 3000;

/** Place up to which everything was seen; cursors of all topics count the same events. */
let seen: string | null = null;

let begun: string | null = null;

/** Where the streams begin: read before anything else of a session. Said again, it changes nothing. */
export function begin(cursor: string | null): void {
  if (cursor === begun) return;
  begun = cursor;
  seen = cursor;
}

interface Stream { listeners: Set<() => void>; stop: () => void }
const streams = new Map<Topic, Stream>();

function open(topic: Topic): Stream {
  const listeners = new Set<() => void>();
  let cursor = seen;
  let told = false;
  const tell = () => {
    if (told) return;
    told = true;
    window.setTimeout(whenIdle, PAUSE_MS, () => {
      told = false;
      listeners.forEach((listener) => { listener(); });
    });
  };
  // The getter makes each new connection go on where the last one ended.
  const variables = { get after() { return cursor; } };
  let [stop, timer, failures] = [() => undefined as unknown, 0, 0];
  const start = () => {
    stop = socket.subscribe<{ change: { cursor: string } }>({ query: STREAMS[topic], variables }, {
      next: (event) => {
        failures = 0;
        cursor = event.data?.change.cursor ?? cursor;
        // Only the stream of tasks is always open, so only it may move the place where others begin.
        if (topic === 'task') seen = cursor;
        tell();
      },
      // The server ends a stream when its session got another cookie, by a fresh proof, and refuses a place that is too old.
      error: () => {
        failures += 1;
        if (failures > 1) cursor = null;
        tell();
        timer = window.setTimeout(() => {
          start();
          tell();
        }, REOPEN_MS);
      },
      complete: () => undefined,
    });
  };
  start();
  return { listeners, stop: () => { window.clearTimeout(timer); stop(); } };
}

function listen(topic: Topic, listener: () => void): () => void {
  const stream = streams.get(topic) ?? open(topic);
  streams.set(topic, stream);
  stream.listeners.add(listener);
  return () => {
    stream.listeners.delete(listener);
    if (stream.listeners.size > 0) return;
    stream.stop();
    streams.delete(topic);
  };
}

/** Calls `again` when something of these topics has moved, of tasks when none is named. `false` stands for a topic that the viewer
 *  may not follow. */
export function useLive(again: () => void, ...topics: (Topic | false)[]): void {
  const names = topics.length === 0 ? 'task' : topics.filter((topic) => topic !== false).join(' ');
  useEffect(() => {
    if (names === '') return undefined;
    const stops = names.split(' ').map((topic) => listen(topic as Topic, again));
    return () => { stops.forEach((stop) => { stop(); }); };
  }, [again, names]);
}

export const useLine = (): Line => useSyncExternalStore((watcher) => lineStore.watch(watcher), () => lineStore.get());

let second = Date.now();
const clocks = new Set<() => void>();
let timer = 0;
function tick() {
  second = Date.now();
  clocks.forEach((clock) => { clock(); });
}

function watchClock(watcher: () => void): () => void {
  if (clocks.size === 0) timer = window.setInterval(tick, 1000);
  clocks.add(watcher);
  return () => {
    clocks.delete(watcher);
    if (clocks.size === 0) window.clearInterval(timer);
  };
}
function present(): number {
  // Nobody has looked since: what was the present then is the past now.
  if (clocks.size === 0 && Date.now() - second >= 1000) second = Date.now();
  return second;
}

/** The present, anew every second: for what is "3 minutes ago". One timer for the whole page. */
export const useNow = (): number => useSyncExternalStore(watchClock, present);

const HOUR_MS = 3_600_000;
/** When this hour began: the same for an hour, then another. */
export const useHour = (): number => useSyncExternalStore(watchClock, () => Math.floor(present() / HOUR_MS) * HOUR_MS);
