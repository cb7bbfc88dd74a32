// What can be chosen where there may be more of it than fits a list: the server searches, and what is chosen keeps its name. Not for
// asking: each noun does that (useAccounts, usePolicies, useUsers). Invariant: whatever is chosen is among the choices, whether or
// not it matches what is typed, and never by a raw identifier.
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { text } from '../../text';

export interface Choice { value: string; label: string; disabled?: boolean }

export interface Choices {
  choices: Choice[];
  typed: string;
  type: (typed: string) => void;
  /** How many more match what is typed than are among the choices. */
  more: number;
}

const TYPING_MS = 250;
/** How many choices a search shows. */
export const SHOWN = 20;
/** How many things can be asked for by their identifiers at once. */
export const BY_ID_MAX = 100;

/** A list in parts of at most so many. */
export function inParts<T>(list: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, place) => list.slice(place * most, (place + 1) * most));
}

/** What a person types to find something, and what the server is asked for once they pause. */
export function useTyped() {
  const [typed, type] = useState('');
  const [sought] = useDebouncedValue(typed.trim(), TYPING_MS);
  return { typed, type, search: sought === '' ? null : sought };
}

interface Given<T> {
  /** What the search found, and how many match it. */
  found: readonly T[];
  total: number;
  /** What the chosen identifiers name. */
  named: readonly T[];
  chosen: readonly string[];
  /** No answer to this question yet. */
  waiting: boolean;
}

/** What was found in its order, behind what is chosen and was not found: a choice that is ticked stays where it is. */
export function offered<T extends { id: string }>({ found, total, named, chosen, waiting }: Given<T>, choiceOf: (one: T) => Omit<Choice, 'value'>): Pick<Choices, 'choices' | 'more'> {
  const here = new Set(found.map(({ id }) => id));
  const known = new Map(named.map((one) => [one.id, one]));
  const apart = [...new Set(chosen)].filter((id) => !here.has(id)).map((value): Choice => {
    const one = known.get(value);
    return one == null ? { value, label: waiting ? text.list.naming : text.list.unseen } : { ...choiceOf(one), value };
  });
  return { choices: [...apart, ...found.map((one) => ({ ...choiceOf(one), value: one.id }))], more: Math.max(0, total - found.length) };
}
