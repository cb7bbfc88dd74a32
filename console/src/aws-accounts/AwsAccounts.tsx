// Linked AWS accounts and whether they can be used. Not for one of them in detail.
import { Anchor, Button, Text } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import type { AwsAccountsQuery, AwsAccountStatus } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, FilterChips, Page, Pager, Panel, Rows, Time, usePlace } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { accounts as words } from './text';

const ACCOUNTS = graphql(`query AwsAccounts($first: Int, $after: String, $last: Int, $before: String, $filter: AwsAccountFilter) {
  awsAccounts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name accountId status organizationalUnit { id name } regions { region status inventoriedAt missingPermissions } }
  }
}`);
const STATES: AwsAccountStatus[] = ['CONNECTED', 'DEGRADED', 'PENDING', 'DISCONNECTED'];
const FILTERS = [{ name: 'status', label: words.status, choices: STATES.map((value) => ({ value, label: named(value) })) }];

type Account = NonNullable<AwsAccountsQuery['awsAccounts']>['nodes'][number];

/** When the region that was read longest ago was read; null when one never was. */
function oldest({ regions }: Account): string | null {
  const read = regions.map(({ inventoriedAt }) => inventoriedAt ?? null);
  return read.includes(null) ? null : (read.toSorted()[0] ?? null);
}

export default function AwsAccounts() {
  const place = usePlace(50);
  const may = useMay('AWS_ACCOUNT_MANAGE');
  const search = place.get('search');
  const states = place.get('status');
  const variables = useMemo(() => {
    const chosen = STATES.filter((one) => states?.split(',').includes(one));
    return { ...place.paging, filter: { search, ...(chosen.length === 0 ? {} : { status: chosen }) } };
  }, [place.paging, search, states]);
  const [answer, ask] = useQuery({ query: ACCOUNTS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'account');
  const connect = may && <Button component={Link} to="/aws-accounts/connect">{words.connect.open}</Button>;
  return (
    <Page title={words.title} query={ACCOUNTS} variables={variables} actions={connect}>
      <FilterChips filters={FILTERS} place={place} search={words.search} />
      <Panel>
        <Answered answer={answer} again={again} variables={variables}>
          {({ awsAccounts: accounts }) => accounts == null || accounts.nodes.length === 0 ? <Empty title={words.none} hint={words.noneHint}>{connect}</Empty> : (
            <>
              <Rows label={words.title} rows={accounts.nodes} columns={[
                { key: 'name', title: words.name, cell: (one) => <Anchor component={Link} size="sm" to={`/aws-accounts/${one.id}`}>{one.name}</Anchor> },
                { key: 'number', title: words.number, wide: 'line', cell: (one) => <span className="mono">{one.accountId}</span> },
                { key: 'unit', title: words.unit, wide: true, cell: (one) => one.organizationalUnit?.name ?? '–' },
                { key: 'status', title: words.status, cell: (one) => <Status value={one.status} /> },
                { key: 'missing', title: words.missing, wide: 'line', cell: (one) => {
                  const count = new Set(one.regions.flatMap(({ missingPermissions }) => missingPermissions)).size;
                  return count === 0 ? <Text span inherit c="dimmed">{words.health.fine}</Text> : words.lacks(count);
                } },
                { key: 'regions', title: words.regions, numeric: true, wide: true, cell: (one) => <span title={one.regions.map(({ region }) => region).join(', ')}>{one.regions.length}</span> },
                { key: 'inventory', title: words.inventory, numeric: true, wide: 'line', cell: (one) => <Time at={oldest(one)} /> },
              ]} />
              <Pager info={accounts.pageInfo} shown={accounts.nodes.length} total={accounts.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
