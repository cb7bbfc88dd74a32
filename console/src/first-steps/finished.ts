// Whether an organization has taken the first steps. Not for what they are (progress.ts). Invariant: what has been done once is
// not asked again by this browser, so that the navigation of every later visit is whole at once.
import { useEffect } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { doneSteps, nextStep } from './progress';

export const FIRST_STEPS = graphql(`query FirstSteps {
  accounts: awsAccounts(first: 1, filter: { status: [CONNECTED, DEGRADED] }) { totalCount }
  policies(first: 1) { totalCount }
  protected: assets(first: 1, filter: { isProtected: true }) { totalCount }
  points: recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount }
  restores: tasks(first: 1, filter: { kind: [RESTORE_EBS, RESTORE_IMAGE], status: [COMPLETED, COMPLETED_WITH_WARNINGS] }) { totalCount }
}`);
const DONE = 'done';

export function useFinished(organization: string, asks: boolean): boolean {
  const key = `holdfast.first-steps.${organization}`;
  const known = localStorage.getItem(key) === DONE;
  const [{ data }] = useQuery({ query: FIRST_STEPS, pause: known || !asks });
  const finished = known || (data != null && nextStep(doneSteps(data)) == null);
  useEffect(() => {
    if (finished) localStorage.setItem(key, DONE);
  }, [finished, key]);
  return finished;
}
