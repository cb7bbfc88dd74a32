// AWS accounts to choose from, as the server finds them. Not for the list of accounts (AwsAccounts.tsx).
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { AccountChoiceFragment, AwsAccountStatus } from '../gql/graphql';
import { BY_ID_MAX, offered, SHOWN, useTyped, type Choices } from '../shell/parts';

export const ACCOUNT_CHOICE = graphql(`fragment AccountChoice on AwsAccount { id name accountId status regions { region } }`);
const ACCOUNTS = graphql(`query AccountChoices($first: Int!, $search: String, $status: [AwsAccountStatus!], $chosen: [ID!]!) {
  awsAccounts(first: $first, filter: { search: $search, status: $status }) { totalCount nodes { ...AccountChoice } }
  chosen: nodes(ids: $chosen) { __typename ... on AwsAccount { ...AccountChoice } }
}`);

/** Where something can still be made. */
export const LINKED: AwsAccountStatus[] = ['CONNECTED', 'DEGRADED', 'PENDING'];

export const numbered = ({ name, accountId }: { name: string; accountId: string }) => `${name} (${accountId})`;
const named = ({ name }: { name: string }) => name;

interface Wish { status?: AwsAccountStatus[]; labelOf?: (account: AccountChoiceFragment) => string; known?: readonly AccountChoiceFragment[] }

const NONE: readonly AccountChoiceFragment[] = [];

/** `status` narrows what is found, not what is chosen already; `known` are accounts that need not be asked for. */
export function useAccounts(chosen: readonly string[], { status, labelOf = named, known = NONE }: Wish = {}): Choices & { accounts: AccountChoiceFragment[] } {
  const { typed, type, search } = useTyped();
  const ids = chosen.slice(0, BY_ID_MAX).join(' ');
  const variables = useMemo(() => ({ first: SHOWN, search, status: status ?? null, chosen: ids === '' ? [] : ids.split(' ') }), [search, status, ids]);
  const [{ data, fetching }] = useQuery({ query: ACCOUNTS, variables });
  const found = data?.awsAccounts?.nodes ?? [];
  const by = [...known, ...(data?.chosen ?? []).filter((one) => one?.__typename === 'AwsAccount')];
  const accounts = [...new Map([...by, ...found].map((one) => [one.id, one])).values()];
  return { typed, type, accounts, ...offered({ found, total: data?.awsAccounts?.totalCount ?? 0, named: by, chosen, waiting: fetching }, (one) => ({ label: labelOf(one) })) };
}
