// Words of protection rules.
export const rules = {
  trace: 'Why this policy', traceSource: { DIRECT: 'A policy chosen by hand', RULE: 'Rule', NONE: 'Nothing' }, outcome: { MATCHED: 'matches, and decides', MATCHED_WITHOUT_OPERATION: 'matches, but its policy does nothing for this kind of asset', NOT_MATCHED: 'does not match', NOT_ASSIGNED: 'none was chosen', PAUSED: 'is paused' }, direct: 'A policy chosen by hand decides', failed: (test: string) => `because not: ${test}`, pending: 'The rules have changed; the task that applies them has not come to this asset yet.', untried: 'There is no rule, and nobody has chosen a policy by hand.',
} as const;
