// Every legal hold, newest first: those that keep something, and on request those that were released.
import { Anchor, Button, Text } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, FilterChips, Page, Pager, Panel, Rows, Time, usePlace, type Filter } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';

const HOLDS = graphql(`query LegalHolds($first: Int, $after: String, $last: Int, $before: String, $filter: LegalHoldFilter) {
  legalHolds(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } } recoveryPoints(first: 1) { totalCount } }
  }
}`);
const FILTERS: Filter[] = [{ name: 'state', label: text.holds.state, single: true, choices: [{ value: 'open', label: text.holds.open }, { value: 'released', label: text.holds.released }] }];

export default function LegalHolds() {
  const place = usePlace(25);
  const variables = useMemo(() => {
    const state = place.get('state');
    return { ...place.paging, filter: state == null ? {} : { open: state === 'open' } };
  }, [place]);
  const [answer, ask] = useQuery({ query: HOLDS, variables, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'hold');
  const create = useMay('LEGAL_HOLD_MANAGE') && <Button component={Link} to="/legal-holds/new">{text.holds.create}</Button>;
  return (
    <Page title={text.holds.title} actions={create} query={HOLDS} variables={variables}>
      <FilterChips filters={FILTERS} place={place} />
      <Panel>
        <Answered answer={answer} again={again} variables={variables}>
          {({ legalHolds: holds }) => holds == null || holds.nodes.length === 0 ? <Empty title={place.query === '' ? text.holds.none : text.holds.noneSuch} hint={text.holds.noneHint}>{place.query === '' && create}</Empty> : (
            <>
              <Rows label={text.holds.title} rows={holds.nodes} columns={[
                { key: 'name', title: text.holds.name, cell: ({ id, name, reason }) => <><Anchor component={Link} size="sm" className="wrap" to={`/legal-holds/${id}`}>{name}</Anchor><Text size="xs" c="dimmed" className="wrap">{reason}</Text></> },
                { key: 'state', title: text.holds.state, cell: ({ releasedAt }) => (releasedAt == null ? <Status value="ACTIVE" label={text.holds.open} /> : <Status value="NONE" label={text.holds.released} />) },
                { key: 'points', title: text.holds.points, numeric: true, cell: ({ recoveryPoints }) => (recoveryPoints?.totalCount ?? 0).toLocaleString('en') },
                { key: 'unit', title: text.holds.unit, wide: true, cell: ({ organizationalUnit }) => organizationalUnit?.name ?? '–' },
                { key: 'by', title: text.holds.by, wide: 'line', cell: ({ createdBy }) => (createdBy?.__typename === 'User' ? createdBy.name : text.holds.program) },
                { key: 'at', title: text.holds.at, wide: 'line', numeric: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
              ]} />
              <Pager info={holds.pageInfo} shown={holds.nodes.length} total={holds.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
