// What waits for a second person, and what became of the rest. Not for deciding (Approval.tsx).
import { Anchor, Text } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import type { ApprovalAction, ApprovalRequestFilter, ApprovalStatus } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, FilterChips, Page, Pager, Panel, Rows, Time, usePlace, type Filter } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';

const APPROVALS = graphql(`query Approvals($first: Int, $after: String, $last: Int, $before: String, $filter: ApprovalRequestFilter) {
  approvalRequests(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id action status summary reason requestedAt expiresAt decidedAt requestedBy { id name } viewerCan { decide cancel } }
  }
}`);
// Objects, so that a value that the schema gains or loses is an error here.
const STATUSES: Record<ApprovalStatus, true> = { PENDING: true, APPROVED: true, DENIED: true, EXPIRED: true, CANCELLED: true };
const ACTIONS: Record<ApprovalAction, true> = { DELETE_RECOVERY_POINTS: true, SHORTEN_RECOVERY_POINT_RETENTION: true, RELEASE_LEGAL_HOLD: true, LOOSEN_VAULT_LOCK: true, RELEASE_EXPIRY_BRAKE: true };
const isStatus = (value: string): value is ApprovalStatus => value in STATUSES;
const isAction = (value: string): value is ApprovalAction => value in ACTIONS;
const FILTERS: Filter[] = [
  { name: 'state', label: text.approvals.state, choices: Object.keys(STATUSES).filter(isStatus).map((value) => ({ value, label: text.approvals.states[value] })) },
  { name: 'action', label: text.approvals.action, choices: Object.keys(ACTIONS).map((value) => ({ value, label: named(value) })) },
];

export default function Approvals() {
  const place = usePlace(50);
  const variables = useMemo(() => {
    const [status, action] = [place.all('state').filter(isStatus), place.all('action').filter(isAction)];
    const filter: ApprovalRequestFilter = { status: status.length > 0 ? status : Object.keys(STATUSES).filter(isStatus) };
    if (action.length > 0) filter.action = action;
    return { ...place.paging, filter };
  }, [place]);
  const [answer, ask] = useQuery({ query: APPROVALS, variables, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  // Only whoever may decide is told of requests as they come; the others see their own.
  useLive(again, useMay('APPROVAL_DECIDE') ? 'approval' : 'point');
  return (
    <Page title={text.approvals.title} query={APPROVALS} variables={variables}>
      <FilterChips filters={FILTERS} place={place} />
      <Panel>
        <Answered answer={answer} again={again} variables={variables}>
          {({ approvalRequests: requests }) => requests == null || requests.nodes.length === 0 ? <Empty title={place.query === '' ? text.approvals.nothing : text.approvals.none} hint={text.approvals.noneHint} /> : (
            <>
              <Rows label={text.approvals.title} rows={requests.nodes} columns={[
                { key: 'what', title: text.approvals.what, cell: ({ id, summary, reason }) => <><Anchor component={Link} size="sm" className="wrap" to={`/approvals/${id}`}>{summary}</Anchor><Text size="xs" c="dimmed" className="wrap">{reason}</Text></> },
                { key: 'state', title: text.approvals.state, cell: ({ status, viewerCan }) => <Status value={status} label={viewerCan.decide ? text.approvals.yours : text.approvals.states[status]} /> },
                { key: 'by', title: text.approvals.by, wide: 'line', cell: ({ requestedBy }) => requestedBy?.name ?? '–' },
                { key: 'at', title: text.approvals.at, wide: true, numeric: true, cell: ({ requestedAt }) => <Time at={requestedAt} /> },
                { key: 'until', title: text.approvals.decidedOrUntil, wide: 'line', numeric: true, cell: ({ status, expiresAt, decidedAt }) => (status === 'PENDING' || decidedAt == null ? <Time at={expiresAt} /> : <Time at={decidedAt} />) },
              ]} />
              <Pager info={requests.pageInfo} shown={requests.nodes.length} total={requests.totalCount} place={place} />
            </>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
