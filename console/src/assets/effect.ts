// What an assignment to every asset that matches changes, from exact counts by policy. Not for rules (plans say that).
interface Count { policyId?: string | null; assets: number }

/** All that match, those without a policy, and those that have the chosen one already. */
export function effect(counts: readonly Count[], chosen: string): { all: number; bare: number; same: number } {
  const of = (is: (count: Count) => boolean) => counts.filter(is).reduce((sum, { assets }) => sum + assets, 0);
  return { all: of(() => true), bare: of(({ policyId }) => policyId == null), same: of(({ policyId }) => policyId === chosen) };
}
