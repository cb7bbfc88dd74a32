// Every recovery point, newest first; some of them can be held or ended together.
import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { between } from '../days';
import { exact, named } from '../format';
import { graphql } from '../gql';
import type { Placement, RecoveryPointFilter, RecoveryPointProof, RecoveryPointStatus } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, DayRange, Empty, FilterChips, Page, Pager, Panel, usePlace, useSelection, type Filter } from '../shell/parts';
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
  const rows = useMemo(() => answer.data?.recoveryPoints?.nodes ?? [], [answer.data]);
  const { rows: picked, selection, clear } = useSelection(rows, ({ asset, takenAt }) => `${asset?.name ?? ''} ${exact(takenAt)}`, variables.filter);
  const asset = place.get('asset');
  const nameOf = useNames(asset == null ? [] : [asset]);
  // Nobody chooses one of all assets here; one comes by a link.
  const filters = asset == null ? FILTERS : [...FILTERS, { name: 'asset', label: text.points.asset, single: true, choices: [{ value: asset, label: shownName(nameOf(asset)) }] }];
  return (
    <Page title={text.points.title} query={POINTS} variables={variables}>
      <Brake />
      <FilterChips filters={filters} place={place}>
        <DayRange place={place} from={text.points.from} to={text.points.until} />
      </FilterChips>
      {picked.length > 0 && <BulkBar points={picked} onClear={clear} onDone={() => { clear(); again(); }} />}
      <Panel>
        <Answered answer={answer} again={again} lines={8}>
          {({ recoveryPoints: points }) => points == null || points.nodes.length === 0 ? <Empty title={text.points.none} hint={text.points.noneHint} /> : (
            <><PointTable points={points.nodes} withAsset selection={selection} /><Pager info={points.pageInfo} shown={points.nodes.length} total={points.totalCount} place={place} /></>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
