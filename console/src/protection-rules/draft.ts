// What a page wants of policies and rules, on its way to the plan: it lies in the state of the history, so that going back and
// loading again lose nothing. Pure.
import type { ProtectionDraftInput } from '../gql/graphql';
import { inputOf, treeOf, type GroupNode } from './condition';

/** What the page of a plan is given. */
export interface Wish {
  /** What it is about, for the title. */
  title: string;
  draft: ProtectionDraftInput;
  /** The page that wants it, and what that page needs to be as it was. */
  from: string;
  kept: unknown;
  /** Where to go when it has been applied. */
  done: string;
}

export interface Fields { name: string; policy: string; before: string; condition: GroupNode }

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value != null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';

/** The state of a history entry as a wish; null when it is none. The server checks the draft. */
export function wishOf(state: unknown): Wish | null {
  if (!isRecord(state) || !isRecord(state.wish)) return null;
  const { title, draft, from, kept, done } = state.wish;
  return isText(title) && isRecord(draft) && isText(from) && isText(done) ? { title, draft, from, kept, done } : null;
}

/** What a form held when it was left for the plan. */
export function keptFields(fields: Fields): unknown {
  return { fields: { ...fields, condition: inputOf(fields.condition) } };
}

export function fieldsOf(state: unknown): Fields | null {
  if (!isRecord(state) || !isRecord(state.fields)) return null;
  const { name, policy, before, condition } = state.fields;
  const tree = treeOf(condition);
  return isText(name) && isText(policy) && isText(before) && tree?.type === 'group' && !tree.negated ? { name, policy, before, condition: tree } : null;
}

/** An order that was left for the plan. */
export function orderOf(state: unknown): string[] | null {
  const order = isRecord(state) ? state.order : null;
  return Array.isArray(order) && order.every(isText) ? order : null;
}
