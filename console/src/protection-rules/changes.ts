// What a plan changes of a policy or a rule, in sentences. Pure. Not for asking for what is there now (Changes.tsx). Invariant: a change
// that these sentences cannot say is left to the words of the server, never left out.
import type { DraftedRuleInput, ProtectionDraftInput } from '../gql/graphql';
import { diff, draftOf, draftOfInput } from '../policies/draft';
import type { NameOf } from '../shell/identifiers';
import { text } from '../text';
import { say, treeOf } from './condition';

export interface Lines { added: string[]; removed: string[] }
/** A rule as it is. */
export interface RuleNow { id: string; name: string; isActive: boolean; conditionInput: unknown; policy?: { id: string } | null | undefined }
type PolicyNow = Parameters<typeof draftOf>[0] & { id: string };

/** The things that a draft names by identifier: those that it changes. */
export const changedIds = ({ policies, rules }: ProtectionDraftInput): string[] => [...(policies ?? []), ...(rules ?? [])].flatMap(({ id }) => (id == null ? [] : [String(id)]));

/** A policy between two versions; null when the draft does not change it, or in what no sentence says. */
export function policyLines(now: PolicyNow, draft: ProtectionDraftInput): Lines | null {
  const wanted = draft.policies?.find(({ id }) => id === now.id);
  return wanted == null ? null : told(diff(draftOf(now), draftOfInput(wanted)));
}

function ruleSentences({ name, policy, isActive, condition }: Pick<DraftedRuleInput, 'name' | 'policy' | 'isActive'> & { condition: unknown }, nameOf: NameOf): string[] {
  const { rules } = text;
  const tree = treeOf(condition);
  const parts: [string, string][] = [[rules.name, name], [rules.policy, nameOf(String(policy))], [rules.condition, tree == null ? rules.unreadable : say(tree, nameOf)], [rules.state, isActive === false ? rules.off : rules.on]];
  return parts.map(([what, value]) => `${what}: ${value}`);
}

/** The same of a rule; `nameOf` turns identifiers into names. */
export function ruleLines(now: RuleNow, draft: ProtectionDraftInput, nameOf: NameOf): Lines | null {
  const wanted = draft.rules?.find(({ id }) => id === now.id);
  if (wanted == null) return null;
  const old = ruleSentences({ name: now.name, policy: now.policy?.id ?? text.rules.unseen, isActive: now.isActive, condition: now.conditionInput }, nameOf);
  const fresh = ruleSentences({ ...wanted, isActive: wanted.isActive ?? now.isActive }, nameOf);
  return told({ added: fresh.filter((line) => !old.includes(line)), removed: old.filter((line) => !fresh.includes(line)) });
}

const told = (lines: Lines): Lines | null => (lines.added.length + lines.removed.length === 0 ? null : lines);
