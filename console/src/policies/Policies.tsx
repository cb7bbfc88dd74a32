// Policies, each in plain language.
import { Anchor, Button, Text } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { sentence } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, FilterChips, Page, Pager, Panel, Rows, Time, usePlace, type Filter } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';

const POLICIES = graphql(`query Policies($first: Int, $after: String, $last: Int, $before: String, $filter: PolicyFilter) {
  policies(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name description isActive updatedAt operations { assetKind placement frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } }
  }
  assetsByPolicy { policyId assets }
}`);
const FILTERS: Filter[] = [{ name: 'active', label: text.policies.active, single: true, choices: [{ value: 'yes', label: text.policies.on }, { value: 'no', label: text.policies.off }] }];

export default function Policies() {
  const place = usePlace(50);
  const may = useMay('POLICY_WRITE');
  const variables = useMemo(() => {
    const [search, active] = [place.get('search'), place.get('active')];
    return { ...place.paging, filter: { ...(search == null ? {} : { search }), ...(active == null ? {} : { isActive: active === 'yes' }) } };
  }, [place]);
  const [answer, ask] = useQuery({ query: POLICIES, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'policy');
  const create = may && <Button component={Link} to="/policies/new">{text.policies.create}</Button>;
  return (
    <Page title={text.policies.title} query={POLICIES} variables={variables} actions={create}>
      <FilterChips filters={FILTERS} place={place} search={text.policies.search} />
      <Panel>
        <Answered answer={answer} again={again} variables={variables}>
          {({ policies, assetsByPolicy }) => policies == null || policies.nodes.length === 0 ? <Empty title={text.policies.none} hint={text.policies.noneHint}>{create}</Empty> : (
            <>
              <Rows label={text.policies.title} rows={policies.nodes} columns={[
                { key: 'name', title: text.policies.name, cell: (policy) => <><Anchor component={Link} size="sm" to={`/policies/${policy.id}`}>{policy.name}</Anchor>{policy.description != null && <Text size="xs" c="dimmed">{policy.description}</Text>}</> },
                { key: 'does', title: text.policies.does, cell: ({ operations }) => operations.map((one) => <div key={`${one.assetKind}${one.placement}`}>{text.policies.says.head(text.policies.says.kinds[one.assetKind], text.policies.says[one.placement])}: {one.frequencies.map(sentence).join('; ')}</div>) },
                { key: 'active', title: text.policies.active, wide: 'line', telling: true, cell: ({ isActive }) => <Status value={isActive ? 'ACTIVE' : 'PAUSED'} label={isActive ? text.policies.on : text.policies.off} /> },
                { key: 'assets', title: text.policies.assets, wide: 'line', numeric: true, cell: ({ id }) => <Anchor component={Link} size="sm" to={`/assets?policy=${id}`}>{(assetsByPolicy?.find(({ policyId }) => policyId === id)?.assets ?? 0).toLocaleString('en')}</Anchor> },
                { key: 'changed', title: text.policies.changed, wide: true, numeric: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
              ]} />
              <Pager info={policies.pageInfo} shown={policies.nodes.length} total={policies.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
