// Every recovery point, newest first; some of them can be held or ended together.
import { useCallback, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { between } from '../days';
import { exact, named } from '../format';
import { graphql } from '../gql';
import type { Placement, PointRowFragment, RecoveryPointFilter, RecoveryPointProof, RecoveryPointStatus } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, DayRange, Empty, FilterChips, Page, Pager, Panel, usePlace, useSelection, useSteady, type Filter } from '../shell/parts';
import { shownName, useNames } from '../shell/useNames';
import { text } from '../text';
import { BulkBar } from './BulkBar';
import { Brake } from './Brake';
import { PointTable } from './PointTable';

const POINTS = graphql(`query RecoveryPoints($first: Int, $after: String, $last: Int, $before: String, $filter: RecoveryPointFilter) {
  recoveryPoints(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }
}`);
// Objects, so that a value that the schema gains or loses is an error here.
const PROOFS: Record<RecoveryPointProof, true> = { NONE: true, CHECKSUMS_MATCH: true, RESTORED: true, CONTENT_MATCHES: true };
const STATUSES: Record<RecoveryPointStatus, true> = { AVAILABLE: true, CREATING: true, DAMAGED: true, LOST: true, EXPIRING: true, EXPIRED: true, FAILED: true };
const PLACEMENTS: Record<Placement, true> = { VAULT: true, IN_ACCOUNT: true };
const isProof = (value: string): value is RecoveryPointProof => value in PROOFS;
const isStatus = (value: string): value is RecoveryPointStatus => value in STATUSES;
const isPlacement = (value: string): value is Placement => value in PLACEMENTS;
const choices = (values: Record<string, true>) => Object.keys(values).map((value) => ({ value, label: named(value) }));
const FILTERS: Filter[] = [
  { name: 'status', label: text.points.status, choices: choices(STATUSES) },
  { name: 'proof', label: text.points.proof, choices: choices(PROOFS) },
  { name: 'place', label: text.points.place, choices: choices(PLACEMENTS) },
];

const NONE: readonly PointRowFragment[] = [];

export default function RecoveryPoints() {
  const place = usePlace(50);
  const variables = useMemo(() => {
    const filter: RecoveryPointFilter = {};
    const [proof, status, placement] = [place.all('proof').filter(isProof), place.all('status').filter(isStatus), place.all('place').filter(isPlacement)];
    const days = between(place.get('from'), place.get('to'));
    const asset = place.get('asset');
    if (asset != null) filter.asset = [asset];
    if (proof.length > 0) filter.proof = proof;
    if (status.length > 0) filter.status = status;
    if (placement.length > 0) filter.placement = placement;
    if (days != null) filter.takenAt = days;
    return { ...place.paging, filter };
  }, [place]);
  const [answer, ask] = useQuery({ query: POINTS, variables });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'point');
  const [ticked, setTicked] = useState(false);
  const { rows, watch, more } = useSteady(answer.data?.recoveryPoints?.nodes ?? NONE, answer.operation?.variables, ticked);
  const { rows: picked, selection, clear } = useSelection(rows, ({ asset, takenAt }) => `${asset?.name ?? ''} ${exact(takenAt)}`, variables.filter);
  if (ticked !== picked.length > 0) setTicked(!ticked);
  const asset = place.get('asset');
  const nameOf = useNames(asset == null ? [] : [asset]);
  const filters: Filter[] = [...FILTERS, { name: 'asset', label: text.points.asset, byLink: true, choices: asset == null ? [] : [{ value: asset, label: shownName(nameOf(asset)) }] }];
  return (
    <Page title={text.points.title} query={POINTS} variables={variables} beside={more}>
      <Brake />
      <FilterChips filters={filters} place={place} fields={['from', 'to']}>
        <DayRange place={place} from={text.points.from} to={text.points.until} />
      </FilterChips>
      {picked.length > 0 && <BulkBar points={picked} onClear={clear} onDone={() => { clear(); again(); }} />}
      <Panel>
        <Answered answer={answer} again={again} lines={8} variables={variables}>
          {({ recoveryPoints: points }) => (
            <>
              <div {...watch}>{rows.length === 0 ? <Empty title={text.points.none} hint={text.points.noneHint} /> : <PointTable points={rows} withAsset selection={selection} />}</div>
              {points != null && rows.length > 0 && <Pager info={points.pageInfo} shown={rows.length} total={points.totalCount} place={place} />}
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
