// Every recovery point, newest first.
import { Group, NativeSelect } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import type { RecoveryPointFilter, RecoveryPointProof, RecoveryPointStatus } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, Page, Pager, Panel, usePlace } from '../shell/parts';
import { text } from '../text';
import { PointTable } from './PointTable';

const POINTS = graphql(`query RecoveryPoints($first: Int, $after: String, $last: Int, $before: String, $filter: RecoveryPointFilter) {
  recoveryPoints(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }
}`);
const PROOFS: RecoveryPointProof[] = ['NONE', 'CHECKSUMS_MATCH', 'RESTORED', 'CONTENT_MATCHES'];
const STATUSES: RecoveryPointStatus[] = ['CREATING', 'AVAILABLE', 'DAMAGED', 'EXPIRED', 'FAILED', 'LOST'];
const choices = (values: string[]) => [{ value: '', label: text.list.all }, ...values.map((value) => ({ value, label: named(value) }))];

export default function RecoveryPoints() {
  const place = usePlace(25);
  const proof = PROOFS.find((one) => one === place.get('proof'));
  const status = STATUSES.find((one) => one === place.get('status'));
  const variables = useMemo(() => {
    const filter: RecoveryPointFilter = {};
    if (proof != null) filter.proof = [proof];
    if (status != null) filter.status = [status];
    return { ...place.paging, filter };
  }, [place.paging, proof, status]);
  const [answer, ask] = useQuery({ query: POINTS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  return (
    <Page title={text.points.title} query={POINTS} variables={variables}>
      <Group gap="sm">
        <NativeSelect size="xs" label={text.points.status} data={choices(STATUSES)} value={status ?? ''} onChange={(event) => { place.set({ status: event.currentTarget.value }); }} />
        <NativeSelect size="xs" label={text.points.proof} data={choices(PROOFS)} value={proof ?? ''} onChange={(event) => { place.set({ proof: event.currentTarget.value }); }} />
      </Group>
      <Panel>
        <Answered answer={answer} again={again}>
          {({ recoveryPoints: points }) => points == null || points.nodes.length === 0 ? <Empty title={text.points.none} /> : (
            <><PointTable points={points.nodes} withAsset /><Pager info={points.pageInfo} shown={points.nodes.length} total={points.totalCount} place={place} /></>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
