// What is going on in the whole organization, live: one stream for all parts of the frame that show a number.
// Invariant: a number that nobody knows is null, never 0; a stream that fails begins again, and the last numbers stay until then.
import { useEffect, useState } from 'react';
import { useSubscription } from 'urql';
import { graphql } from '../gql';
import { REOPEN_MS } from '../live';

const COUNTS = graphql(`subscription RunningTasks { activityCounts { running queued openAlerts pendingApprovals } }`);

interface Counts { running: number | null; alerts: number | null; approvals: number | null }

export function useCounts(): Counts {
  const [{ data, error }, begin] = useSubscription({ query: COUNTS });
  useEffect(() => {
    if (error == null) return undefined;
    const timer = window.setTimeout(begin, REOPEN_MS);
    return () => { window.clearTimeout(timer); };
  }, [error, begin]);
  const newest = data?.activityCounts;
  const [known, setKnown] = useState(newest);
  if (newest != null && newest !== known) setKnown(newest);
  const { running = null, openAlerts = null, pendingApprovals = null } = newest ?? known ?? {};
  return { running, alerts: openAlerts, approvals: pendingApprovals };
}
