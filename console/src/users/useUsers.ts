// People to choose from, as the server finds them. Not for the list of users (Users.tsx).
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { MembershipState, UserChoiceFragment } from '../gql/graphql';
import { BY_ID_MAX, offered, useTyped, type Choices } from '../shell/parts';

export const USER_CHOICE = graphql(`fragment UserChoice on User { id name email grants { role { id name builtIn } } }`);
const USERS = graphql(`query UserChoices($first: Int!, $search: String, $states: [MembershipState!], $chosen: [ID!]!) {
  users(first: $first, filter: { text: $search, states: $states }) { totalCount nodes { ...UserChoice } }
  chosen: nodes(ids: $chosen) { __typename ... on User { ...UserChoice } }
}`);
/** More than are shown of other things: who may be chosen is told by their roles, which nobody can search by. */
const FOUND = 100;

interface Wish {
  /** The viewer may not see people. */
  pause?: boolean;
  states?: MembershipState[];
  labelOf?: (user: UserChoiceFragment) => string;
  /** Who of those found can be chosen; the others are left out. */
  canTake?: (user: UserChoiceFragment) => boolean;
}

export function useUsers(chosen: readonly string[], { pause = false, states, labelOf = ({ name }) => name, canTake = () => true }: Wish = {}): Choices {
  const { typed, type, search } = useTyped();
  const ids = chosen.slice(0, BY_ID_MAX).join(' ');
  const variables = useMemo(() => ({ first: FOUND, search, states: states ?? null, chosen: ids === '' ? [] : ids.split(' ') }), [search, states, ids]);
  const [{ data, fetching }] = useQuery({ query: USERS, variables, pause });
  const by = (data?.chosen ?? []).filter((one) => one?.__typename === 'User');
  const people = data?.users?.nodes ?? [];
  const found = people.filter(canTake);
  // How many of those that were not read could be taken nobody knows: at least what was read and left out is no "more".
  const total = found.length + Math.max(0, (data?.users?.totalCount ?? 0) - people.length);
  return { typed, type, ...offered({ found, total, named: by, chosen, waiting: fetching }, (one) => ({ label: labelOf(one) })) };
}
