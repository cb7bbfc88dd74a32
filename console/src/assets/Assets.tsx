// The inventory as one table: the server pages and filters, the address remembers.
import { Anchor, Group, NativeSelect, Table, TextInput } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import type { AssetFilter, AssetKind } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, Page, Pager, Panel, Time, usePlace } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

const ASSETS = graphql(`query Assets($first: Int, $after: String, $last: Int, $before: String, $filter: AssetFilter) {
  assets(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name kind nativeId region awsAccount { id name } policy { id name } volume { sizeGib } lastRecoveryPoint { id takenAt status proof } }
  }
}`);
const KINDS: AssetKind[] = ['EBS_VOLUME', 'EC2_INSTANCE'];

export default function Assets() {
  const place = usePlace(25);
  const search = place.get('search');
  const shield = place.get('protected');
  const kind = KINDS.find((one) => one === place.get('kind'));
  const variables = useMemo(() => {
    const filter: AssetFilter = { includeDeleted: false };
    if (search != null) filter.search = search;
    if (kind != null) filter.kind = [kind];
    if (shield != null) filter.isProtected = shield === 'yes';
    return { ...place.paging, filter };
  }, [place.paging, search, kind, shield]);
  const [answer, ask] = useQuery({ query: ASSETS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  return (
    <Page title={text.assets.title} query={ASSETS} variables={variables}>
      <Group gap="sm" align="end">
        <TextInput size="xs" w={240} type="search" label={text.list.search} placeholder={text.assets.search} defaultValue={search ?? ''}
          onKeyDown={(event) => { if (event.key === 'Enter') place.set({ search: event.currentTarget.value }); }} onBlur={(event) => { if (event.currentTarget.value !== (search ?? '')) place.set({ search: event.currentTarget.value }); }} />
        <NativeSelect size="xs" label={text.assets.kind} data={[{ value: '', label: text.list.all }, ...KINDS.map((value) => ({ value, label: named(value) }))]} value={kind ?? ''} onChange={(event) => { place.set({ kind: event.currentTarget.value }); }} />
        <NativeSelect size="xs" label={text.assets.protection} data={[{ value: '', label: text.list.all }, { value: 'yes', label: text.assets.protected }, { value: 'no', label: text.assets.unprotected }]} value={shield ?? ''} onChange={(event) => { place.set({ protected: event.currentTarget.value }); }} />
      </Group>
      <Panel>
        <Answered answer={answer} again={again}>
          {({ assets }) => assets == null || assets.nodes.length === 0 ? <Empty title={text.assets.none} hint={text.assets.noneHint} /> : (
            <>
              <Table highlightOnHover>
                <Table.Thead><Table.Tr><Table.Th>{text.assets.name}</Table.Th><Table.Th className="wide">{text.assets.kind}</Table.Th><Table.Th className="wide">{text.assets.account}</Table.Th><Table.Th className="wide">{text.assets.region}</Table.Th><Table.Th className="number wide">{text.assets.size}</Table.Th><Table.Th>{text.assets.policy}</Table.Th><Table.Th className="number wide">{text.assets.last}</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {assets.nodes.map((asset) => (
                    <Table.Tr key={asset.id}>
                      <Table.Td className="cut"><Anchor component={Link} size="sm" to={`/assets/${asset.id}`}>{asset.name}</Anchor></Table.Td>
                      <Table.Td className="wide plain">{named(asset.kind)}</Table.Td>
                      <Table.Td className="wide plain">{asset.awsAccount?.name}</Table.Td>
                      <Table.Td className="wide plain">{asset.region}</Table.Td>
                      <Table.Td className="number wide">{asset.volume == null ? '–' : `${asset.volume.sizeGib} GiB`}</Table.Td>
                      <Table.Td className="plain">{asset.policy?.name ?? <Status value="NONE" label={text.assets.unprotected} />}</Table.Td>
                      <Table.Td className="number wide"><Time at={asset.lastRecoveryPoint?.takenAt} /></Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              <Pager info={assets.pageInfo} shown={assets.nodes.length} total={assets.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
