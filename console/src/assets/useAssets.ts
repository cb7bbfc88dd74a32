// Assets to choose from, as the server finds them, those that are gone from AWS too: their recovery points are still there. Not for the
// list of assets (Assets.tsx).
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { BY_ID_MAX, offered, SHOWN, useTyped, type Choices } from '../shell/parts';

export const ASSET_CHOICE = graphql(`fragment AssetChoice on Asset { id name nativeId }`);
const ASSETS = graphql(`query AssetChoices($first: Int!, $search: String, $chosen: [ID!]!, $any: Boolean!) {
  assets(first: $first, filter: { search: $search, includeDeleted: true }) { totalCount nodes { ...AssetChoice } }
  chosen: assets(first: 100, filter: { id: $chosen, includeDeleted: true }) @include(if: $any) { nodes { ...AssetChoice } }
}`);

export function useAssets(chosen: readonly string[]): Choices {
  const { typed, type, search } = useTyped();
  const ids = chosen.slice(0, BY_ID_MAX).join(' ');
  const variables = useMemo(() => ({ first: SHOWN, search, chosen: ids === '' ? [] : ids.split(' '), any: ids !== '' }), [search, ids]);
  const [{ data, fetching }] = useQuery({ query: ASSETS, variables });
  return { typed, type, ...offered({ found: data?.assets?.nodes ?? [], total: data?.assets?.totalCount ?? 0, named: data?.chosen?.nodes ?? [], chosen, waiting: fetching }, ({ name, nativeId }) => ({ label: name === nativeId ? name : `${name} (${nativeId})` })) };
}
