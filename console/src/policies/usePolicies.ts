// Policies to choose from, as the server finds them. Not for the list of policies (Policies.tsx).
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { PolicyChoiceFragment } from '../gql/graphql';
import { BY_ID_MAX, offered, SHOWN, useTyped, type Choices } from '../shell/parts';

export const POLICY_CHOICE = graphql(`fragment PolicyChoice on Policy { id name viewerCan { assign } }`);
const POLICIES = graphql(`query PolicyChoices($first: Int!, $search: String, $chosen: [ID!]!) {
  policies(first: $first, filter: { search: $search }) { totalCount nodes { ...PolicyChoice } }
  chosen: nodes(ids: $chosen) { __typename ... on Policy { ...PolicyChoice } }
}`);

export const assignable = ({ viewerCan }: PolicyChoiceFragment) => viewerCan.assign;

/** `canTake` says which can be chosen; the others are shown and cannot. */
export function usePolicies(chosen: readonly string[], canTake: (policy: PolicyChoiceFragment) => boolean = () => true): Choices {
  const { typed, type, search } = useTyped();
  const ids = chosen.slice(0, BY_ID_MAX).join(' ');
  const variables = useMemo(() => ({ first: SHOWN, search, chosen: ids === '' ? [] : ids.split(' ') }), [search, ids]);
  const [{ data, fetching }] = useQuery({ query: POLICIES, variables });
  const by = (data?.chosen ?? []).filter((one) => one?.__typename === 'Policy');
  return { typed, type, ...offered({ found: data?.policies?.nodes ?? [], total: data?.policies?.totalCount ?? 0, named: by, chosen, waiting: fetching }, (one) => ({ label: one.name, disabled: !canTake(one) })) };
}
