// How far an organization has come. Pure. Invariant: a step counts when its outcome is there, whoever did it and how.
import type { FirstStepsQuery } from '../gql/graphql';

export const STEPS = ['account', 'policy', 'protect', 'backup', 'restore'] as const;
export type Step = (typeof STEPS)[number];

const some = (list: { totalCount: number } | null | undefined) => (list?.totalCount ?? 0) > 0;

type Counts = Pick<FirstStepsQuery, 'accounts' | 'policies' | 'protected' | 'points' | 'restores'>;

export function doneSteps(data: Counts): ReadonlySet<Step> {
  const done: Record<Step, boolean> = { account: some(data.accounts), policy: some(data.policies), protect: some(data.protected), backup: some(data.points), restore: some(data.restores) };
  return new Set(STEPS.filter((step) => done[step]));
}

/** The first step that is left; null when all is done. */
export function nextStep(done: ReadonlySet<Step>): Step | null {
  return STEPS.find((step) => !done.has(step)) ?? null;
}

/** Whether nothing was begun: no step is done, and no account waits for its role. */
export function isBlank(data: Counts & Pick<FirstStepsQuery, 'waiting'>): boolean {
  return doneSteps(data).size === 0 && data.waiting?.nodes.length === 0;
}
