// Whether an organization has taken the first steps. Not for what they are (progress.ts). Invariant: what has been done once is
// not asked again by this browser, so that the navigation of every later visit is whole at once.
import { useEffect } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { doneSteps, isBlank, nextStep } from './progress';

export const FIRST_STEPS = graphql(`query FirstSteps {
  accounts: awsAccounts(first: 1, filter: { status: [CONNECTED, DEGRADED] }) { totalCount }
  waiting: awsAccounts(first: 1, filter: { status: [PENDING] }) { nodes { id name } }
  backups: tasks(first: 1, filter: { kind: [BACKUP_EBS], status: [QUEUED, RUNNING] }) { nodes { id } }
  policies(first: 1) { totalCount }
  protected: assets(first: 1, filter: { isProtected: true }) { totalCount }
  points: recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount }
  restores: tasks(first: 1, filter: { kind: [RESTORE_EBS, RESTORE_IMAGE], status: [COMPLETED, COMPLETED_WITH_WARNINGS] }) { totalCount }
}`);
const DONE = 'done';

const keyOf = (organization: string) => `holdfast.first-steps.${organization}`;
const isKnown = (organization: string) => localStorage.getItem(keyOf(organization)) === DONE;

/** Whether all of them are done; false while that is not known. */
export function useFinished(organization: string, asks: boolean): boolean {
  const known = isKnown(organization);
  const [{ data }] = useQuery({ query: FIRST_STEPS, pause: known || !asks });
  const finished = known || (data != null && nextStep(doneSteps(data)) == null);
  useEffect(() => {
    if (finished) localStorage.setItem(keyOf(organization), DONE);
  }, [finished, organization]);
  return finished;
}

/** Whether nothing is there yet, so that every other page would be empty; false while that is not known. */
export function useBlank(organization: string, asks: boolean): boolean {
  const [{ data }] = useQuery({ query: FIRST_STEPS, pause: isKnown(organization) || !asks });
  return data != null && isBlank(data);
}
