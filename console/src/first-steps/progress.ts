// How far an organization has come. Pure. Invariant: a step counts when its outcome is there, whoever did it and how.
import type { FirstStepsQuery } from '../gql/graphql';

export const STEPS = ['account', 'policy', 'protect', 'backup', 'restore'] as const;
export type Step = (typeof STEPS)[number];

const some = (list: { totalCount: number } | null | undefined) => (list?.totalCount ?? 0) > 0;

export function doneSteps(data: FirstStepsQuery): ReadonlySet<Step> {
  const done: Record<Step, boolean> = { account: some(data.accounts), policy: some(data.policies), protect: some(data.protected), backup: some(data.points), restore: some(data.restores) };
  return new Set(STEPS.filter((step) => done[step]));
}

/** The first step that is left; null when all is done. */
export function nextStep(done: ReadonlySet<Step>): Step | null {
  return STEPS.find((step) => !done.has(step)) ?? null;
}
