// What the server refused, beside the field that it is about.
import { useEffect, useMemo, useState, type RefObject } from 'react';
import type { CombinedError } from 'urql';
import { text } from '../../text';

export interface Problem { field: readonly string[]; message: string }

/** The reasons why a mutation was not done; empty when it was. */
export function problemsOf(payload: { userErrors: readonly Problem[] } | null | undefined, error: CombinedError | undefined): readonly Problem[] {
  if (payload != null) return payload.userErrors;
  return [{ field: [], message: error?.graphQLErrors[0]?.message ?? text.state.unreachable }];
}

/** Goes to the first field at fault, or to the first word about what is wrong, whenever something new is. */
export function useFaultFocus(form: RefObject<HTMLElement | null>, problems: readonly unknown[]): void {
  useEffect(() => {
    if (problems.length === 0) return;
    const field = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (field != null) field.focus();
    else form.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: 'center' });
  }, [form, problems]);
}

/** Problems of a form: `at` gives those of a field (its path without `input`, joined by dots), `rest` those without a place. */
export function useProblems() {
  const [problems, set] = useState<readonly Problem[]>([]);
  return useMemo(() => {
    const path = ({ field }: Problem) => field.slice(field[0] === 'input' ? 1 : 0).join('.');
    return {
      set,
      clear: () => { set([]); },
      /** Of one field, which may answer for several paths. */
      at: (...names: string[]) => problems.filter((one) => names.includes(path(one))).map(({ message }) => message).join(' ') || undefined,
      /** Those of no field that the form shows. */
      rest: (shown: readonly string[]) => problems.filter((one) => !shown.includes(path(one))),
      all: problems,
    };
  }, [problems]);
}
