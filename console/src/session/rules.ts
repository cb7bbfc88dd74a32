// What a browser can judge of a new password; lists of common ones and of names are the server's. Pure.
import type { PasswordRule } from '../gql/graphql';
import { session } from './text';

export interface Rule { rule: PasswordRule; charactersMin?: number | null; charactersMax?: number | null }
export type Verdict = 'kept' | 'open' | 'later';

function holds({ rule, charactersMin, charactersMax }: Rule, password: string): boolean | null {
  // The server counts characters, not UTF-16 units.
  const { length } = Array.from(password);
  switch (rule) {
    case 'LENGTH': return length >= (charactersMin ?? 0) && length <= (charactersMax ?? Infinity);
    case 'LOWER_CASE': return /\p{Ll}/u.test(password);
    case 'UPPER_CASE': return /\p{Lu}/u.test(password);
    case 'DIGIT': return /\p{Nd}/u.test(password);
    case 'SPECIAL': return /[^\p{L}\p{N}\s]/u.test(password);
    case 'NO_WHITE_SPACE': return password !== '' && !/[\s\p{Cc}]/u.test(password);
    case 'NOT_COMMON':
    case 'NO_CONTEXT': return null;
  }
}

function label({ rule, charactersMin, charactersMax }: Rule): string {
  return rule === 'LENGTH' ? session.rules.LENGTH(charactersMin ?? 0, charactersMax ?? 0) : session.rules[rule];
}

export function judged(rules: readonly Rule[], password: string): { rule: PasswordRule; label: string; verdict: Verdict }[] {
  return rules.map((one) => {
    const kept = holds(one, password);
    return { rule: one.rule, label: label(one), verdict: kept == null ? 'later' : kept ? 'kept' : 'open' };
  });
}
