// What is going on in the whole organization, live: one stream for all parts of the frame that show a number.
import { useSubscription } from 'urql';
import { graphql } from '../gql';

const COUNTS = graphql(`subscription RunningTasks { activityCounts { running queued openAlerts pendingApprovals } }`);

export function useCounts(): { running: number; alerts: number; approvals: number } {
  const [{ data }] = useSubscription({ query: COUNTS });
  const counts = data?.activityCounts;
  return { running: counts?.running ?? 0, alerts: counts?.openAlerts ?? 0, approvals: counts?.pendingApprovals ?? 0 };
}
