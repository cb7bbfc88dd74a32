// Linked AWS accounts and their health by region. Not yet: connecting one.
import { Button, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { graphql } from '../gql';
import { Answered, Empty, Page, Pager, Panel, Time, usePlace } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

const ACCOUNTS = graphql(`query AwsAccounts($first: Int, $after: String, $last: Int, $before: String) {
  awsAccounts(first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name accountId status regions { region status inventoriedAt missingPermissions } viewerCan { refreshInventory } }
  }
}`);
const REFRESH = graphql(`mutation Refresh($input: RefreshInventoryInput!) { refreshInventory(input: $input) { tasks { id } userErrors { message } } }`);

export default function AwsAccounts() {
  const place = usePlace(25);
  const [answer, ask] = useQuery({ query: ACCOUNTS, variables: place.paging });
  const [, refresh] = useMutation(REFRESH);
  const [said, setSaid] = useState('');
  return (
    <Page title={text.accounts.title} query={ACCOUNTS} variables={place.paging}>
      {said !== '' && <Text size="sm" role="status">{said}</Text>}
      <Panel>
        <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>
          {({ awsAccounts: accounts }) => accounts == null || accounts.nodes.length === 0 ? <Empty title={text.accounts.none} hint={text.accounts.noneHint} /> : (
            <>
              <Table>
                <Table.Thead><Table.Tr><Table.Th>{text.accounts.name}</Table.Th><Table.Th className="wide">{text.accounts.number}</Table.Th><Table.Th>{text.accounts.status}</Table.Th><Table.Th className="wide">{text.accounts.regions}</Table.Th><Table.Th className="wide">{text.accounts.missing}</Table.Th><Table.Th className="number wide">{text.accounts.inventory}</Table.Th><Table.Th className="number">{text.accounts.refresh}</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {accounts.nodes.map((account) => (
                    <Table.Tr key={account.id}>
                      <Table.Td>{account.name}</Table.Td><Table.Td className="wide mono">{account.accountId}</Table.Td><Table.Td><Status value={account.status} /></Table.Td>
                      <Table.Td className="wide">{account.regions.map((one) => one.region).join(', ')}</Table.Td>
                      <Table.Td className="wide">{account.regions.flatMap((one) => one.missingPermissions).join(', ') || text.state.none}</Table.Td>
                      <Table.Td className="number wide"><Time at={account.regions[0]?.inventoriedAt} /></Table.Td>
                      <Table.Td className="number">{account.viewerCan.refreshInventory && <Button size="compact-xs" variant="default" onClick={() => { void refresh({ input: { awsAccountId: account.id } }).then(({ data, error }) => { setSaid(data?.refreshInventory?.userErrors[0]?.message ?? error?.message ?? text.accounts.refreshing); }); }}>{text.accounts.refresh}</Button>}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              <Pager info={accounts.pageInfo} shown={accounts.nodes.length} total={accounts.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
