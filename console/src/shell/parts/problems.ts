// What the server refused, beside the field that it is about.
import { useMemo, useState } from 'react';
import type { CombinedError } from 'urql';
import { text } from '../../text';

export interface Problem { field: readonly string[]; message: string }

/** The reasons why a mutation was not done; empty when it was. */
export function problemsOf(payload: { userErrors: readonly Problem[] } | null | undefined, error: CombinedError | undefined): readonly Problem[] {
  if (payload != null) return payload.userErrors;
  return [{ field: [], message: error?.graphQLErrors[0]?.message ?? text.state.unreachable }];
}

/** Problems of a form: `at` gives the one of a field (its path without `input`, joined by dots), `rest` those without a place. */
export function useProblems() {
  const [problems, set] = useState<readonly Problem[]>([]);
  return useMemo(() => {
    const path = ({ field }: Problem) => field.slice(field[0] === 'input' ? 1 : 0).join('.');
    return {
      set,
      clear: () => { set([]); },
      at: (name: string) => problems.find((one) => path(one) === name)?.message,
      /** Those of no field that the form shows. */
      rest: (shown: readonly string[]) => problems.filter((one) => !shown.includes(path(one))),
      any: problems.length > 0,
    };
  }, [problems]);
}
