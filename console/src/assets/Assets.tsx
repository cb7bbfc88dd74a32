// The inventory as one table: the server pages and filters, the address remembers, rows can be selected across pages.
import { Button, Checkbox, Menu, NativeSelect, Stack } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { regionChoices } from '../aws-accounts/regions';
import { useAccounts } from '../aws-accounts/useAccounts';
import { named } from '../format';
import { graphql } from '../gql';
import type { AssetFilter, AssetKind, AssetOrder, ComplianceStatus } from '../gql/graphql';
import { useLive } from '../live';
import { usePolicies } from '../policies/usePolicies';
import { Answered, Empty, FilterChips, Page, Pager, Panel, Rows, usePlace, useSelection, type Filter, type Place } from '../shell/parts';
import { indented, UNITS } from '../shell/units';
import { text } from '../text';
import { BulkBar } from './BulkBar';
import { OPTIONAL, useColumns } from './columns';
import { Views } from './Views';

const ASSETS = graphql(`query Assets($first: Int, $after: String, $last: Int, $before: String, $filter: AssetFilter, $orderBy: AssetOrder) {
  assets(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name kind canBeBackedUp nativeId region discoveredAt deletedAt awsAccount { id name } policy { id name } volume { sizeGib volumeType } instance { instanceType } lastRecoveryPoint { id takenAt proof } compliance { status } viewerCan { backUp assignPolicy } }
  }
}`);
const KINDS: Record<AssetKind, true> = { EBS_VOLUME: true, EC2_INSTANCE: true };
const isStanding = (value: string): value is ComplianceStatus => value in text.compliance.status;
const isKind = (value: string): value is AssetKind => value in KINDS;

/** Those of the accounts that are known come first; there may be more accounts than are read here, so all others follow. */
function regionsOf(accounts: readonly { regions: readonly { region: string }[] }[], chosen: readonly string[]) {
  const own = [...new Set(accounts.flatMap(({ regions }) => regions.map(({ region }) => region)))].sort();
  return [...own, ...regionChoices(chosen).map(({ value }) => value).filter((value) => !own.includes(value))].map((value) => ({ value, label: value }));
}

function useFilters(place: Place): Filter[] {
  const { accounts, ...found } = useAccounts(place.all('account'));
  const policies = usePolicies(place.all('policy'));
  const [{ data }] = useQuery({ query: UNITS });
  const units = indented(data?.organizationalUnits ?? []);
  const tag = place.get('tag');
  return [
    { name: 'protected', label: text.assets.protection, single: true, choices: [{ value: 'yes', label: text.assets.protected }, { value: 'no', label: text.assets.unprotected }] },
    { name: 'compliance', label: text.compliance.title, choices: Object.entries(text.compliance.status).map(([value, label]) => ({ value, label })) },
    { name: 'kind', label: text.assets.kind, choices: Object.keys(KINDS).map((value) => ({ value, label: named(value) })) },
    { name: 'account', label: text.assets.account, ...found },
    ...(units.length < 2 && place.get('in') == null ? [] : [{ name: 'in', label: text.assets.unit, choices: units.map(({ id, name, depth }) => ({ value: id, label: `${'\u2003'.repeat(depth)}${name}` })) }]),
    { name: 'region', label: text.assets.region, choices: regionsOf(accounts, place.all('region')) },
    { name: 'policy', label: text.assets.policy, ...policies },
    // Nobody lists all tags; one comes by a link.
    ...(tag == null ? [] : [{ name: 'tag', label: text.assets.tag, single: true, choices: [{ value: tag, label: tag }] }]),
    { name: 'gone', label: text.assets.gone, single: true, choices: [{ value: 'yes', label: text.assets.goneShown }] },
  ];
}

/** What the address asks for. */
export function filterOf(place: Place): AssetFilter {
  const filter: AssetFilter = { includeDeleted: place.get('gone') === 'yes' };
  const [search, shield, tag] = [place.get('search'), place.get('protected'), place.get('tag')];
  const [kind, account, region, policy, units] = [place.all('kind').filter(isKind), place.all('account'), place.all('region'), place.all('policy'), place.all('in')];
  const standing = place.all('compliance').filter(isStanding);
  if (standing.length > 0) filter.compliance = { status: standing };
  if (search != null) filter.search = search;
  if (shield != null) filter.isProtected = shield === 'yes';
  if (kind.length > 0) filter.kind = kind;
  if (account.length > 0) filter.awsAccount = account;
  if (region.length > 0) filter.region = region;
  if (policy.length > 0) filter.policy = policy;
  if (units.length > 0) filter.organizationalUnit = units;
  if (tag != null) {
    const [key = '', ...rest] = tag.split('=');
    filter.tag = rest.length === 0 ? { key } : { key, value: rest.join('=') };
  }
  return filter;
}

export default function Assets() {
  const place = usePlace(50);
  const filters = useFilters(place);
  const { chosen, choose, columns } = useColumns(place);
  const orderBy = useMemo<AssetOrder | undefined>(() => (place.get('order') === 'found' ? { field: 'DISCOVERED_AT', direction: 'DESC' } : undefined), [place]);
  const variables = useMemo(() => ({ ...place.paging, filter: filterOf(place), orderBy }), [place, orderBy]);
  const [answer, ask] = useQuery({ query: ASSETS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'asset', 'point', 'compliance');
  const rows = useMemo(() => answer.data?.assets?.nodes ?? [], [answer.data]);
  const { rows: picked, selection, clear } = useSelection(rows, ({ name }) => name, variables.filter);
  const tools = (
    <>
      <NativeSelect aria-label={text.assets.sort} data={[{ value: '', label: text.assets.byName }, { value: 'found', label: text.assets.byFound }]} value={place.get('order') ?? ''} onChange={(event) => { place.set({ order: event.currentTarget.value }); }} />
      <Menu closeOnItemClick={false} position="bottom-end">
        <Menu.Target><Button className="wide" variant="default" leftSection={<IconColumns3 size={14} aria-hidden="true" />}>{text.list.columns}</Button></Menu.Target>
        <Menu.Dropdown><Stack gap={8} p="xs">{OPTIONAL.map(({ key, title }) => <Checkbox key={key} label={title} checked={chosen.includes(key)} onChange={(event) => { choose(key, event.currentTarget.checked); }} />)}</Stack></Menu.Dropdown>
      </Menu>
      <Views place={place} />
    </>
  );
  return (
    <Page title={text.assets.title} query={ASSETS} variables={variables} actions={tools}>
      <FilterChips filters={filters} place={place} search={text.assets.search} />
      {picked.length > 0 && <BulkBar rows={picked} filter={variables.filter} total={answer.data?.assets?.totalCount ?? 0} onDone={() => { clear(); again(); }} onClear={clear} />}
      <Panel>
        <Answered answer={answer} again={again} lines={8} variables={variables}>
          {({ assets }) => assets == null || assets.nodes.length === 0 ? <Empty title={text.assets.none} hint={text.assets.noneHint}><Button component={Link} to="/aws-accounts" variant="default">{text.assets.connect}</Button></Empty> : (
            <><Rows label={text.assets.title} columns={columns} rows={assets.nodes} selection={selection} /><Pager info={assets.pageInfo} shown={assets.nodes.length} total={assets.totalCount} place={place} /></>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
