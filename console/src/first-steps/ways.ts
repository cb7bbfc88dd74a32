// Where each of the first steps is taken, and where its outcome is seen. Pure. Invariant: what was begun is gone on with, not begun
// anew.
import type { FirstStepsQuery } from '../gql/graphql';
import type { Step } from './progress';
import { firstSteps as words } from './text';

export interface Way { to: string; name: string }

/** Where the outcome of a step is seen. */
export const SEE: Record<Step, string> = {
  account: '/aws-accounts',
  policy: '/policies',
  protect: '/assets?protected=yes',
  backup: '/recovery-points',
  restore: '/tasks?kind=RESTORE_EBS,RESTORE_IMAGE',
};

const BEGIN: Record<Step, string> = {
  account: '/aws-accounts/connect',
  policy: '/policies/new',
  protect: '/protection-rules/new',
  backup: '/assets?protected=yes&kind=EBS_VOLUME',
  restore: '/recovery-points?status=AVAILABLE',
};

/** Ways to take a step, the best first. */
export function waysOf(step: Step, data: Pick<FirstStepsQuery, 'waiting' | 'backups'>): Way[] {
  const begin = { to: BEGIN[step], name: words.steps[step].go };
  const waiting = data.waiting?.nodes[0];
  const backup = data.backups?.nodes[0];
  if (step === 'account' && waiting != null) return [{ to: `/aws-accounts/${waiting.id}`, name: words.goOn(waiting.name) }];
  if (step === 'backup' && backup != null) return [{ to: `/tasks/${backup.id}`, name: words.watch }];
  return step === 'protect' ? [begin, { to: '/assets?protected=no', name: words.byHand }] : [begin];
}
