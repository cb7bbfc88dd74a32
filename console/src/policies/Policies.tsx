// Policies, each in plain language. Not yet: the editor.
import { Table, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { named, sentence } from '../format';
import { graphql } from '../gql';
import { Answered, Empty, Page, Pager, Panel, Time, usePlace } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

const POLICIES = graphql(`query Policies($first: Int, $after: String, $last: Int, $before: String) {
  policies(first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name description isActive updatedAt operations { assetKind placement frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } }
  }
}`);

export default function Policies() {
  const place = usePlace(25);
  const [answer, ask] = useQuery({ query: POLICIES, variables: place.paging });
  return (
    <Page title={text.policies.title} query={POLICIES} variables={place.paging}>
      <Panel>
        <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>
          {({ policies }) => policies == null || policies.nodes.length === 0 ? <Empty title={text.policies.none} hint={text.policies.noneHint} /> : (
            <>
              <Table>
                <Table.Thead><Table.Tr><Table.Th>{text.policies.name}</Table.Th><Table.Th>{text.policies.does}</Table.Th><Table.Th className="wide">{text.policies.active}</Table.Th><Table.Th className="number wide">{text.policies.changed}</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {policies.nodes.map((policy) => (
                    <Table.Tr key={policy.id}>
                      <Table.Td><Text size="sm" fw={500}>{policy.name}</Text><Text size="xs" c="dimmed">{policy.description}</Text></Table.Td>
                      <Table.Td>{policy.operations.map((one) => {
                        const what = text.policies.operation(named(one.assetKind), one.frequencies.map(sentence).join('; '), one.placement === 'VAULT' ? text.policies.vault : text.policies.account);
                        return <div key={what}>{what}</div>;
                      })}</Table.Td>
                      <Table.Td className="wide"><Status value={policy.isActive ? 'DONE' : 'NONE'} label={policy.isActive ? text.policies.on : text.policies.off} /></Table.Td>
                      <Table.Td className="number wide"><Time at={policy.updatedAt} /></Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              <Pager info={policies.pageInfo} shown={policies.nodes.length} total={policies.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
