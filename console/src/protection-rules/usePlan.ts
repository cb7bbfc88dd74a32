// The way from a page that wants something of policies and rules to the plan of it. Invariant: going back, by button or by browser,
// finds the page as it was left.
import { useLocation, useNavigate } from 'react-router';
import type { ProtectionDraftInput } from '../gql/graphql';
import type { Wish } from './draft';

export function usePlan(): (title: string, draft: ProtectionDraftInput, kept?: unknown, done?: string) => void {
  const go = useNavigate();
  const { pathname, search } = useLocation();
  const from = pathname + search;
  return (title, draft, kept = null, done = '/protection-rules') => {
    const wish: Wish = { title, draft, from, kept, done };
    const leave = async () => {
      await go(from, { replace: true, state: kept });
      await go('/protection-rules/plan', { state: { wish } });
    };
    void leave();
  };
}
