// One change that waits for a second person: exactly what would be done, who asked and why, and the decision. Invariant: whoever
// approves has seen the plan: its hash goes along.
import { Alert, Anchor, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { Refusal, useAct } from '../act';
import { exact, named } from '../format';
import { graphql } from '../gql';
import type { ApprovalQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Copyable, Empty, Facts, Moment, Page, Panel, Rows, say, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';

const APPROVAL = graphql(`query Approval($id: ID!) {
  node(id: $id) {
    __typename
    ... on ApprovalRequest {
      id action status summary plan planHash reason note requestedAt expiresAt decidedAt until requestedBy { id name email } decidedBy { id name } viewerCan { decide cancel }
      legalHold { id name reason recoveryPoints(first: 1) { totalCount } }
      recoveryPoints { id takenAt expiresAt status asset { id name } }
    }
  }
}`);
const APPROVE = graphql(`mutation Approve($input: ApproveApprovalRequestInput!) { approveApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }`);
const DENY = graphql(`mutation Deny($input: DenyApprovalRequestInput!) { denyApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }`);
const CANCEL = graphql(`mutation CancelApproval($input: CancelApprovalRequestInput!) { cancelApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }`);

type Request = Extract<NonNullable<ApprovalQuery['node']>, { __typename: 'ApprovalRequest' }>;

/** The plan is canonical JSON; people get it with line breaks. */
function pretty(plan: string): string {
  try {
    return JSON.stringify(JSON.parse(plan), null, 2);
  } catch {
    return plan;
  }
}

function What({ request: { action, summary, plan, planHash, recoveryPoints, until, legalHold, status } }: { request: Request }) {
  return (
    <Panel title={status === 'PENDING' ? text.approvals.would : text.approvals.plan}>
      <Stack gap={4} className="panel-body">
        <Text size="md" fw={600} className="wrap">{summary}</Text>
        <Text size="sm" c="dimmed">{text.approvals.means[action]}</Text>
        {legalHold != null && <Text size="sm"><Anchor component={Link} inherit to={`/legal-holds/${legalHold.id}`}>{legalHold.name}</Anchor>: {legalHold.reason}</Text>}
      </Stack>
      {recoveryPoints.length > 0 && (
        <Rows label={text.points.title} rows={recoveryPoints} columns={[
          { key: 'asset', title: text.points.asset, cell: ({ asset }) => asset != null && <Anchor component={Link} size="sm" to={`/assets/${asset.id}`}>{asset.name}</Anchor> },
          { key: 'taken', title: text.points.taken, cell: ({ id, takenAt }) => <Time at={takenAt} to={`/recovery-points/${id}`} /> },
          { key: 'status', title: text.points.status, wide: 'line', telling: true, cell: ({ status }) => <Status value={status} /> },
          { key: 'now', title: text.approvals.endsNow, numeric: true, wide: 'line', cell: ({ expiresAt }) => (expiresAt == null ? text.state.never : exact(expiresAt)) },
          { key: 'then', title: text.approvals.endsThen, numeric: true, cell: () => (until == null ? text.approvals.atOnce : exact(until)) },
        ]} />
      )}
      <details className="exact"><summary>{text.approvals.exactly}</summary><pre className="evidence" tabIndex={0}>{pretty(plan)}</pre><Text size="xs" c="dimmed" component="div">{text.approvals.hash}: <Copyable value={planHash} what={text.approvals.hash} /></Text></details>
    </Panel>
  );
}

function Decision({ request: { id, planHash, viewerCan }, again }: { request: Request; again: () => void }) {
  const [approve, deny, cancel] = [useAct(APPROVE), useAct(DENY), useAct(CANCEL)];
  const [note, setNote] = useState('');
  const given = note.trim() === '' ? null : note.trim();
  const busy = approve.busy || deny.busy || cancel.busy;
  const told = (done: unknown, message: string) => {
    if (done != null) say(message);
    again();
  };
  if (viewerCan.cancel) {
    return (
      <Panel title={text.approvals.decision} padded>
        <Stack gap="sm" align="flex-start">
          <Text size="sm">{text.approvals.own}</Text>
          <Refusal act={cancel} />
          <Button variant="default" loading={cancel.busy} onClick={() => { void cancel.run({ id }).then((done) => { told(done, text.approvals.cancelled); }); }}>{text.approvals.cancel}</Button>
        </Stack>
      </Panel>
    );
  }
  if (!viewerCan.decide) return <Panel title={text.approvals.decision} padded><Text size="sm">{text.approvals.notYours}</Text></Panel>;
  return (
    <Panel title={text.approvals.decision} padded>
      <Stack gap="sm">
        <Textarea label={text.approvals.note} description={text.approvals.noteHint} autosize minRows={2} maxLength={1000} value={note} error={approve.at('note') ?? deny.at('note')} onChange={(event) => { setNote(event.currentTarget.value); }} />
        <Refusal act={approve} fields={['note']} /><Refusal act={deny} fields={['note']} />
        <Group gap="xs">
          <Button color="red" loading={approve.busy} disabled={busy} onClick={() => { deny.clear(); void approve.run({ id, planHash, note: given }).then((done) => { told(done, text.approvals.approved); }); }}>{text.approvals.approve}</Button>
          <Button variant="default" loading={deny.busy} disabled={busy} onClick={() => { approve.clear(); void deny.run({ id, note: given }).then((done) => { told(done, text.approvals.denied); }); }}>{text.approvals.deny}</Button>
        </Group>
        <Text size="xs" c="dimmed">{text.approvals.proof}</Text>
      </Stack>
    </Panel>
  );
}

export default function Approval() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: APPROVAL, variables: { id }, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, useMay('APPROVAL_DECIDE') ? 'approval' : 'point');
  const found = answer.data?.node;
  const request = found?.__typename === 'ApprovalRequest' ? found : null;
  return (
    <Page title={request == null ? text.approvals.one : named(request.action)} way={[{ to: '/approvals', name: text.approvals.title }]} beside={request != null && <Status value={request.status} label={text.approvals.states[request.status]} />} query={APPROVAL} variables={{ id }}>
      <Answered answer={answer} again={again}>
        {() => request == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <div className="thirds">
            <What request={request} />
            <Stack gap="md">
              <Panel title={text.approvals.asked} padded>
                <Facts of={[
                  [text.approvals.by, request.requestedBy?.name ?? '–'], [text.approvals.at, <Moment key="at" at={request.requestedAt} />], [text.approvals.reason, request.reason],
                  [text.approvals.until, request.status === 'PENDING' && <Moment key="until" at={request.expiresAt} />],
                  [text.approvals.decidedBy, request.decidedBy?.name], [text.approvals.decided, request.decidedAt != null && <Moment key="decided" at={request.decidedAt} />], [text.approvals.note, request.note],
                ]} />
              </Panel>
              {request.status === 'PENDING' ? <Decision request={request} again={again} /> : request.status === 'EXPIRED' && <Alert color="orange">{text.approvals.expired}</Alert>}
            </Stack>
          </div>
        )}
      </Answered>
    </Page>
  );
}
